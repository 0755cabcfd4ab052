package service

import (
	"fmt"
	"strings"
)

// Markdown renders the tables of all that [tool.pinpack.services] can say.
func Markdown() string {
	var b strings.Builder
	b.WriteString("\n### `[tool.pinpack.services]`\n\n")
	writeKeys(&b, AppKeys)
	b.WriteString("\n### `[tool.pinpack.services.PROCESS]`\n\n")
	writeKeys(&b, ProcessKeys)
	b.WriteString("\n### Hardening\n\n| setting | value | why |\n| --- | --- | --- |\n")
	for _, s := range Hardening {
		value := ""
		if s.Value != "" {
			value = "`" + s.Value + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Name, value, cell(s.Why))
	}
	b.WriteString("\n")
	return b.String()
}

func writeKeys[T any](b *strings.Builder, keys []Key[T]) {
	b.WriteString("| key | what it says | example |\n| --- | --- | --- |\n")
	for _, k := range keys {
		fmt.Fprintf(b, "| `%s` | %s | `%s` |\n", k.Name, cell(k.Help), cell(k.Example))
	}
}

// cell escapes what would end a cell of a table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
