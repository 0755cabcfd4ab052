package compress

import (
	"io"
	"net/http"
	"path"
	"strings"

	"github.com/pinpack/pinpack/internal/asset"
)

// kind is what an ending says of the content.
type kind int

const (
	unknown kind = iota // the content decides
	text                // shrinks, and is nothing but text
	binary              // shrinks all the same
	packed              // compressed by itself
)

var kinds = map[string]kind{}

func init() {
	for k, list := range map[kind]string{
		text: "appcache atom cjs css csv geojson gltf htm html ics js json json5 jsonld jsx less map markdown md mjs po pot rdf rss " +
			"rst sass scss srt svg tex text topojson ts tsv txt vcf vtt webmanifest xhtml xml xsl xslt yaml yml",
		binary: "bmp cur dae eot fbx glb ico midi obj otf pbf ply stl tga tiff ttc ttf wasm wav",
		packed: "3gp 3gpp 7z aac apk apng avi avif br bz2 crx deb docx epub flac flv gif gz heic heif jar jfif jpeg jpg jxl lz4 lzma " +
			"m4a m4v mkv mov mp3 mp4 mpeg mpg odt oga ogg ogv opus png pptx rar rpm svgz swf tbz tgz txz wasm.br webm webp " +
			"whl wmv woff woff2 xlsx xpi xz zip zst zstd",
	} {
		for ext := range strings.FieldsSeq(list) {
			kinds[ext] = k
		}
	}
}

// extension is a name's ending, in lower case and without its dot.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}

// compressible tells by name and by content whether compression may gain
// anything: a file of any name that begins like an archive or a picture is
// left out, and one of an unknown ending must be text.
func compressible(d *asset.Dir, f asset.File) (bool, error) {
	k := kinds[extension(f.Name)]
	if k == packed {
		return false, nil
	}
	in, err := d.Open(f.Name)
	if err != nil {
		return false, err
	}
	defer in.Close()
	start := make([]byte, 512) // what sniffing looks at
	n, err := io.ReadFull(in, start)
	if err != nil && err != io.ErrUnexpectedEOF {
		return false, err
	}
	start = start[:n]
	if isPacked(start) {
		return false, nil
	}
	return k != unknown || strings.HasPrefix(http.DetectContentType(start), "text/"), nil
}

// isPacked knows compressed content by how it begins.
func isPacked(start []byte) bool {
	switch mime, _, _ := strings.Cut(http.DetectContentType(start), ";"); mime {
	case "application/x-gzip", "application/zip", "application/x-rar-compressed", "application/pdf", "application/ogg",
		"image/png", "image/jpeg", "image/gif", "image/webp", "font/woff", "font/woff2",
		"video/mp4", "video/webm", "video/avi", "audio/mpeg":
		return true
	}
	for _, magic := range []string{"\x28\xb5\x2f\xfd", "BZh", "\xfd7zXZ\x00", "7z\xbc\xaf\x27\x1c"} {
		if strings.HasPrefix(string(start), magic) {
			return true
		}
	}
	return false
}
