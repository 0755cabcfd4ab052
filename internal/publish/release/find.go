package release

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"
)

const longestNotes = 125_000 // characters

// find returns the tag's release: the published one, or else the draft that
// came first. That is a choice which every job makes alike. An ID of 0 says
// that there is none.
func (t *Target) find(ctx context.Context) (found, error) {
	r, err := t.byTag(ctx)
	if err == nil && r.ID != 0 || err != nil && status(err) != http.StatusNotFound {
		return r, explain(err)
	}
	list, err := every[found](ctx, t, t.repo+"/releases")
	if err != nil {
		return found{}, explain(err)
	}
	list = slices.DeleteFunc(list, func(r found) bool { return r.TagName != t.o.Tag })
	if len(list) == 0 {
		return found{}, nil
	}
	return slices.MinFunc(list, func(a, b found) int {
		switch {
		case a.Draft == b.Draft:
			return cmp.Compare(a.ID, b.ID)
		case a.Draft:
			return 1
		}
		return -1
	}), nil
}

// settle finds the tag's release, or makes a draft for it. A draft of another
// job that was made at the same time and came first is taken, and our own one
// goes away again.
func (t *Target) settle(ctx context.Context) (found, error) {
	for p := (tries{}); ; {
		r, err := t.find(ctx)
		if err != nil {
			return r, fmt.Errorf("find it: %w", err)
		}
		if r.ID != 0 {
			return r, nil
		}
		r, err = t.create(ctx)
		if err == nil {
			t.made = append(t.made, r.ID)
			t.say("made the draft of release %q", t.o.Tag)
			first, err := t.find(ctx)
			if err != nil {
				return r, fmt.Errorf("find it: %w", err)
			}
			if first.ID == 0 { // lists may be late
				first = r
			}
			t.discard(ctx, first.ID, nil)
			return first, nil
		}
		// Another job may have been faster, or the answer was lost after the
		// draft was made: both are found the next time around.
		if what, _ := judge(err, t.o.Now()); what != unclear && !refuses(err, "already_exists") {
			return r, fmt.Errorf("make a draft: %w", explainWrite(err))
		} else if what != unclear {
			err = againError{"another job makes the release"}
		}
		if err := t.pause(ctx, &p, err); err != nil {
			return r, fmt.Errorf("make a draft: %w", err)
		}
	}
}

// discard deletes the drafts that this run made, other than the one that is
// kept, unless somebody else has put something into them. That one of them stays
// is worth a warning only.
func (t *Target) discard(ctx context.Context, kept int64, files []file) {
	t.made = slices.DeleteFunc(t.made, func(id int64) bool {
		if id == kept {
			return false
		}
		list, err := t.assets(ctx, id)
		others := slices.ContainsFunc(list, func(a asset) bool { return !ours(a.Name, files) })
		if err == nil && !others {
			err = t.remove(ctx, fmt.Sprint(id))
		}
		switch {
		case gone(err):
		case others:
			t.say("warning: there is a second draft for %q with files of another job in it, release %d: want its files moved and it deleted", t.o.Tag, id)
		case err != nil:
			t.say("warning: there is a second draft for %q, release %d: want it deleted: %v", t.o.Tag, id, err)
		default:
			t.say("another job was first with release %q: deleted the second draft", t.o.Tag)
		}
		return err == nil || gone(err)
	})
}

// ours tells whether an asset is one that this run uploads, or a part of it.
func ours(name string, files []file) bool {
	if m := part.FindStringSubmatch(name); m != nil {
		name = m[1]
	}
	return slices.Contains(beside, name) || slices.ContainsFunc(files, func(f file) bool { return f.name == name })
}

// notes are the release's text at the length that GitHub takes.
func (t *Target) notes() string {
	const more = "\n\n… (cut here: GitHub takes 125,000 characters)"
	if utf8.RuneCountInString(t.o.Notes) <= longestNotes {
		return t.o.Notes
	}
	t.say("warning: the notes have more than 125,000 characters: cut off the rest")
	return string([]rune(t.o.Notes)[:longestNotes-utf8.RuneCountInString(more)]) + more
}
