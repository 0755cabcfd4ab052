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
	if file == "" && own != "" {
		file, line = own, c.Line
		if c.File != "" && line > 0 {
			line++ // pytest counts from 0
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
	for parts := strings.Split(class, "."); len(parts) > 0; parts = parts[:len(parts)-1] {
		list = append(list, path.Join(parts...)+".py")
	}
	return list
}
