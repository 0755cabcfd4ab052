package minify

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/evanw/esbuild/pkg/api"
	mini "github.com/tdewolff/minify/v2"
	"github.com/tdewolff/parse/v2"
)

// transform has esbuild read and write a text. What comes out is of the text
// alone: nothing is defined, dropped, or looked up.
func transform(data []byte, o api.TransformOptions) ([]byte, error) {
	o.LogLevel, o.Charset, o.LegalComments = api.LogLevelSilent, api.CharsetUTF8, api.LegalCommentsInline
	o.Platform, o.TreeShaking = api.PlatformNeutral, api.TreeShakingFalse
	o.Target = cmp.Or(o.Target, api.ESNext)
	o.Supported = maps.Clone(o.Supported)
	if o.Supported == nil {
		o.Supported = map[string]bool{}
	}
	// What ends an element of a page stays escaped.
	o.Supported["inline-script"], o.Supported["inline-style"] = true, true
	r := api.Transform(string(data), o)
	if len(r.Errors) == 0 {
		return r.Code, nil
	}
	e := r.Errors[0]
	if e.Location == nil {
		return nil, errors.New(e.Text)
	}
	return nil, &parse.Error{Message: e.Text, Line: e.Location.Line, Column: e.Location.Column + 1}
}

// deepest is how many brackets may be open: esbuild has no limit of its own, and
// a stack that is too large would end us.
const deepest = 2000

// unfitText leaves what esbuild cannot read without loss, or at all.
func unfitText(data []byte) string {
	if !utf8.Valid(data) {
		return whyEncoding
	}
	depth := 0
	for _, c := range data {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth = max(depth-1, 0)
		}
		if depth > deepest {
			return whyNested
		}
	}
	return ""
}

func smaller(o api.TransformOptions) api.TransformOptions {
	o.MinifyWhitespace, o.MinifySyntax, o.MinifyIdentifiers = true, true, true
	return o
}

// newer is syntax with which esbuild makes scripts smaller where it may: what a
// script itself does not have, not all browsers need know for which it is.
var newer = map[string]*regexp.Regexp{
	"exponent-operator":      regexp.MustCompile(`\*\*`),
	"logical-assignment":     regexp.MustCompile(`(?:&&|\|\||\?\?)=`),
	"nullish-coalescing":     regexp.MustCompile(`\?\?`),
	"optional-catch-binding": regexp.MustCompile(`\bcatch\s*\{`),
	"optional-chain":         regexp.MustCompile(`\?\.`),
	"template-literal":       regexp.MustCompile("`"),
}

// scripts are what was made of those of one text, and how each may be written. The
// second time that is minified, it is still in the edition that it was in.
type scripts map[string]api.TransformOptions

// script minifies a script, in the edition of the language that it is written
// in.
func (s scripts) script(_ *mini.M, w io.Writer, r io.Reader, params map[string]string) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if params["inline"] != "" { // of an attribute: nothing to be had
		_, err := w.Write(data)
		return err
	}
	o, again := s[string(data)]
	if !again {
		if o, err = edition(data); err != nil {
			return err
		}
	}
	small, err := transform(data, smaller(o))
	if err != nil {
		return err
	}
	small = trim(small)
	s[string(small)] = o
	_, err = w.Write(small)
	return err
}

// edition is how a script may be written. One that still reads the same after it
// was written in ECMAScript 5 is in that.
func edition(data []byte) (api.TransformOptions, error) {
	o := api.TransformOptions{Loader: api.LoaderJS}
	plain, err := transform(data, o)
	if err != nil {
		return o, err
	}
	five := api.TransformOptions{Loader: api.LoaderJS, Target: api.ES5}
	if older, err := transform(plain, five); err == nil {
		if again, err := transform(older, o); err == nil && bytes.Equal(again, plain) {
			return five, nil
		}
	}
	o.Supported = map[string]bool{}
	for name, sign := range newer {
		if !sign.Match(plain) { // which has no comments
			o.Supported[name] = false
		}
	}
	return o, nil
}

// modern are ways to write CSS that esbuild takes because they are shorter, with
// what tells that a style sheet has them itself.
var modern = map[string]*regexp.Regexp{
	"inset-property": regexp.MustCompile(`(?i)[{;\s]inset\s*:`),
	"media-range":    regexp.MustCompile(`(?i)@(?:media|import)[^{};]*[<>=]`),
	"modern-rgb-hsl": regexp.MustCompile(`(?i)\b(?:rgb|hsl)a?\([^(),]*[^(),\s][^(),]*\)`),
}

// partly finds a colour whose opacity is told in percent, of which esbuild makes
// .498 where it is 50%.
var partly = regexp.MustCompile(`(?i)\b(?:rgb|hsl|hwb)a?\([^()]*(?:/|,[^(),]*,[^(),]*,)\s*[\d.]+%`)

// style minifies a style sheet, or the declarations of an attribute. It brings in
// no way to write that the style sheet itself does not have.
func style(_ *mini.M, w io.Writer, r io.Reader, params map[string]string) error {
	data, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	small := data
	if params["inline"] == "" {
		small, err = smallCSS(data)
	} else if !bytes.ContainsAny(data, "{}") {
		small = declarations(data)
	}
	if err != nil {
		return err
	}
	_, err = w.Write(small)
	return err
}

// declarations makes those of an attribute smaller, if they are what they should be.
func declarations(data []byte) []byte {
	small, err := smallCSS(slices.Concat([]byte("a{"), data, []byte("}")))
	inner, begins := bytes.CutPrefix(small, []byte("a{"))
	inner, ends := bytes.CutSuffix(inner, []byte("}"))
	if err != nil || !begins || !ends || bytes.ContainsAny(inner, "{}") {
		return data
	}
	return inner
}

func smallCSS(text []byte) ([]byte, error) {
	// Half of 255 is none of the numbers that #rrggbbaa has.
	o := smaller(api.TransformOptions{Loader: api.LoaderCSS, Supported: map[string]bool{"hex-rgba": false}})
	for name, sign := range modern {
		o.Supported[name] = sign.Match(text)
	}
	o.MinifySyntax = !partly.Match(text)
	small, err := transform(text, o)
	return trim(small), err
}

// trim takes the line's end away that esbuild puts behind the last statement.
func trim(data []byte) []byte { return bytes.TrimSuffix(data, []byte("\n")) }

// validJS says where a script is wrong.
func validJS(data []byte) (int, string) {
	if _, err := transform(data, api.TransformOptions{Loader: api.LoaderJS}); err != nil {
		return place(data, err)
	}
	return 0, ""
}
