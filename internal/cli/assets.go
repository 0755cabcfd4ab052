package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pinpack/pinpack/internal/asset"
	"github.com/pinpack/pinpack/internal/asset/compress"
	"github.com/pinpack/pinpack/internal/asset/fingerprint"
	"github.com/pinpack/pinpack/internal/asset/manifest"
	"github.com/pinpack/pinpack/internal/asset/minify"
)

// onFolder is a command on a folder of static files: it opens the folder, and
// shows the report as people or as machines want it.
func onFolder[R any](a *app, cmd *cobra.Command, work func(context.Context, *asset.Dir) (R, error), tell func(R)) *cobra.Command {
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().BoolVar(&a.json, "json", false, "print the result as JSON")
	cmd.RunE = func(cmd *cobra.Command, args []string) (err error) {
		a.speak()
		d, err := asset.Open(args[0])
		if err != nil {
			return usageError{err}
		}
		defer func() { err = errors.Join(err, d.Close()) }()
		report, err := work(cmd.Context(), d)
		var wrong *asset.OptionError
		if errors.As(err, &wrong) {
			return usageError{wrong.Err}
		}
		if err != nil {
			return err
		}
		for _, s := range d.SkippedFiles() {
			a.host.Detail("skipped: " + s.Name + ": " + s.Why)
		}
		if a.json {
			return a.printJSON(report)
		}
		tell(report)
		return nil
	}
	return cmd
}

func (a *app) compressCommand() *cobra.Command {
	o := compress.Options{MinSize: compress.MinSize}
	cmd := &cobra.Command{
		Use:   "compress DIR",
		Short: "Put gzip, brotli and zstd variants beside a folder's static files",
		Long: "Put gzip, brotli and zstd variants beside a folder's static files, where they are at\n" +
			"least 5 % smaller, as nginx and WhiteNoise look for them: app.css.gz, app.css.br,\n" +
			"app.css.zst. Variants that are right stay; stale ones are made anew or removed.",
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Encodings, "encoding", nil, "encodings to make: "+strings.Join(compress.Names(), ", ")+" (default all)")
	f.BoolVar(&o.Fast, "fast", false, "quick levels rather than the best ones")
	f.Int64Var(&o.MinSize, "min-size", o.MinSize, "smallest file to compress, in bytes")
	f.StringArrayVar((*[]string)(&o.Exclude), "exclude", nil, "a glob of files to have no variants, such as *.map or media/**; may be repeated")
	f.BoolVar(&o.Force, "force", false, "also make variants anew that are right")
	f.BoolVar(&o.Prune, "prune", false, "remove variants of text files that are gone")
	return onFolder(a, cmd, func(ctx context.Context, d *asset.Dir) (compress.Report, error) { return compress.Run(ctx, d, o) },
		func(r compress.Report) {
			for _, c := range r.Encodings {
				line := fmt.Sprintf("%s: %s of %s, %s to %s, %d written", c.Encoding, count(c.Files, "variant"), count(r.Files, "text file"), bytes(c.Original), bytes(c.Compressed), c.Written)
				if c.Removed > 0 {
					line += fmt.Sprintf(", %d removed", c.Removed)
				}
				a.host.Info(line)
			}
			if len(r.Orphans) > 0 && !r.Pruned {
				a.host.Warn("variants without their file, which a server may go on to serve (--prune removes them): " + some(r.Orphans))
			}
		})
}

func (a *app) fingerprintCommand() *cobra.Command {
	o := fingerprint.Options{}
	keep := asset.Globs{}
	cmd := &cobra.Command{
		Use:   "fingerprint DIR",
		Short: "Put a hash of its content into the name of each static file, and into all references",
		Long: "Put a hash of its content into the name of each static file: app.css becomes\n" +
			"app.0123456789ab.css, beside the original. References in CSS, HTML, JavaScript\n" +
			"modules, SVG, source maps and web app manifests follow; one that leads to no file is\n" +
			"an error, and then nothing is changed. Pages and other files whose names are known\n" +
			"outside keep them: " + strings.Join(fingerprint.DefaultKeep, " ") + ".",
	}
	f := cmd.Flags()
	f.StringVar(&o.URL, "url", "/static/", "where the folder is served: a path, or a URL")
	f.StringArrayVar(&o.Manifests, "manifest", []string{"django"}, "a manifest to write, as FORM or FORM=FILE; may be repeated: "+manifestHelp())
	f.StringArrayVar((*[]string)(&keep), "keep", nil, "a glob of more files that keep their names; may be repeated")
	f.StringArrayVar((*[]string)(&o.Exclude), "exclude", nil, "a glob of files to leave as they are, such as dist/**; may be repeated")
	f.StringArrayVar((*[]string)(&o.AllowMissing), "allow-missing", nil, "a glob of files that may be referred to and not be there, such as *.map; may be repeated")
	f.BoolVar(&o.RemoveOriginals, "remove-originals", false, "leave only the fingerprinted files")
	return onFolder(a, cmd, func(ctx context.Context, d *asset.Dir) (fingerprint.Report, error) {
		o.Keep = slices.Concat(fingerprint.DefaultKeep, keep)
		return fingerprint.Run(ctx, d, o)
	}, func(r fingerprint.Report) {
		a.host.Info(fmt.Sprintf("%s fingerprinted, %d under their own names, %s; %d written, %d removed; manifests: %s", count(r.Fingerprinted, "file"), r.Kept,
			count(r.References, "reference"), r.Written, r.Removed, strings.Join(r.Manifests, ", ")))
	})
}

func manifestHelp() string {
	var list []string
	for _, f := range manifest.Forms {
		list = append(list, f.Name+" ("+f.Help+"; "+f.File+")")
	}
	return strings.Join(list, ", ")
}

func (a *app) minifyCommand() *cobra.Command {
	var o minify.Options
	cmd := &cobra.Command{
		Use:   "minify DIR",
		Short: "Make a folder's CSS, JavaScript, HTML, SVG, JSON and XML smaller, in place",
		Long: "Make a folder's CSS, JavaScript, HTML, SVG, JSON and XML smaller, in place. License\n" +
			"comments (/*! */) stay. Files named *.min.*, with a source map, a template language's\n" +
			"marks or a hash in their name are left; a file that is not valid is an error, and then\n" +
			"nothing is changed.",
	}
	f := cmd.Flags()
	f.StringSliceVar(&o.Kinds, "kind", nil, "kinds to minify: "+strings.Join(minify.Names(), ", ")+" (default all)")
	f.StringArrayVar((*[]string)(&o.Exclude), "exclude", nil, "a glob of files to leave as they are, such as vendor/**; may be repeated")
	f.BoolVar(&o.DropSourceMaps, "drop-source-maps", false, "also minify files with a source map, without the reference to it")
	return onFolder(a, cmd, func(ctx context.Context, d *asset.Dir) (minify.Report, error) { return minify.Run(ctx, d, o) },
		func(r minify.Report) {
			for _, c := range r.Kinds {
				if c.Files > 0 {
					a.host.Info(fmt.Sprintf("%s: %s, %s to %s, %d changed", c.Kind, count(c.Files, "file"), bytes(c.Original), bytes(c.Minified), c.Changed))
				}
			}
			for _, l := range r.Left {
				a.host.Detail("left: " + l.File + ": " + l.Why)
			}
		})
}

// some lists a few names.
func some(list []string) string {
	const few = 5
	if len(list) > few {
		return strings.Join(list[:few], ", ") + fmt.Sprintf(" and %d more", len(list)-few)
	}
	return strings.Join(list, ", ")
}
