package testreport

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

// frames are the ways in which a traceback names a line: pytest's own, and
// Python's.
var frames = regexp.MustCompile(`(?m)^(?:([^\s:][^:\n]*\.py):(\d+): |\s*File "([^"\n]+)", line (\d+))`)

// scripts are the lines of traces of JavaScript: "at run (src/cart.test.js:5:15)",
// or vitest's " ❯ src/cart.test.js:5:15". The innermost is the first.
var scripts = regexp.MustCompile(`(?m)^\s*(?:at|❯) (?:.*[( ])?(?:file://)?([^\s():]+\.[cm]?[jt]sx?):(\d+):\d+\)?$`)

// Place finds the line at which a test failed. Resolve makes a path in the report
// one of the project's, and says whether there is such a file. The last line of
// the test's own file counts, else the last of any file of the project, else where
// the test begins. The line is 0 where only the file is known, and the file "" where
// nothing is.
func (c Case) Place(resolve func(name string) (string, bool)) (file string, line int) {
	own := ""
	for _, name := range c.files() {
		if is, ok := resolve(name); ok {
			own = is
			break
		}
	}
	for _, m := range frames.FindAllStringSubmatch(c.Text, -1) {
		name, number := m[1]+m[3], m[2]+m[4]
		n, err := strconv.Atoi(number)
		is, ok := resolve(name)
		if err != nil || !ok || file == own && file != "" && is != own {
			continue
		}
		file, line = is, n
	}
	if file == "" {
		file, line = c.script(own, resolve)
	}
	if file == "" && own != "" {
		file, line = own, c.Line
		if c.File != "" && line > 0 {
			line++ // pytest counts from 0
		}
	}
	return file, line
}

// script finds the line in a trace of JavaScript: the first of the test's own file,
// else the first of any file of the project.
func (c Case) script(own string, resolve func(name string) (string, bool)) (file string, line int) {
	for _, m := range scripts.FindAllStringSubmatch(c.Text, -1) {
		n, err := strconv.Atoi(m[2])
		is, ok := resolve(m[1])
		if err != nil || !ok || strings.Contains(m[1], "node_modules/") {
			continue
		}
		if is == own {
			return is, n
		}
		if file == "" {
			file, line = is, n
		}
	}
	return file, line
}

// files lists where a test may be, from what its report says: the file itself, or
// the module that its class name begins with.
func (c Case) files() []string {
	var list []string
	if c.File != "" {
		list = append(list, c.File)
	}
	class := c.Class
	if class == "" { // a module that could not be imported
		class = c.Name
	}
	if strings.Contains(class, "/") {
		list = append(list, class) // vitest's is the file
	}
	for parts := strings.Split(class, "."); len(parts) > 0; parts = parts[:len(parts)-1] {
		list = append(list, path.Join(parts...)+".py")
	}
	return list
}
