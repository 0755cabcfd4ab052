package payload

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pinpack/pinpack/internal/service"
	"github.com/pinpack/pinpack/internal/tree"
)

func TestStaticFolders(t *testing.T) {
	t.Parallel()
	var shipped []tree.Entry
	for _, dir := range []string{"/usr/share/shop/static", "/usr/share/shop/static/css", "/usr/share/shop/plain", "/usr/share/other/static", "/opt/data"} {
		shipped = append(shipped, tree.Entry{Path: dir, Kind: tree.Dir})
	}
	for _, file := range []string{
		"/usr/share/shop/static/css/shop.0123456789ab.css", "/usr/share/shop/static/css/shop.0123456789ab.css.gz",
		"/usr/share/shop/static/css/shop.0123456789ab.css.br", "/usr/share/shop/static/archive.zst",
		"/usr/share/shop/plain/notes.0123456789abc.txt", "/usr/share/other/static/a.css", "/opt/data/b.css",
	} {
		shipped = append(shipped, tree.Entry{Path: file, Kind: tree.File})
	}
	want := []service.Static{
		{Dir: "/usr/share/shop/static", URL: "/static/", Encodings: []string{"br", "gzip"}, Hashed: true},
		{Dir: "/usr/share/shop/plain", URL: "/plain/"},
	}
	if diff := cmp.Diff(want, static("shop", shipped)); diff != "" {
		t.Errorf("static (-want +got):\n%s", diff)
	}
	if got := static("orchard", shipped); got != nil {
		t.Errorf("static of a package without any: %v", got)
	}
}
