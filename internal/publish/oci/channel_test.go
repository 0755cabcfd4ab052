package oci

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestChannelsMoveForward(t *testing.T) {
	t.Parallel()
	s := serve(t)
	at := s.host + "/o/whois"
	where := map[string]string{}
	for _, version := range []string{"1.4.0-1", "1.5.0-1", "1.4.1-1", "1.6.0~rc1-1", "2.0~~dev3+gabc-1", "1.5.0-2", "1.4.1-1"} {
		publish(t, open(t, "oci://"+at), pack(t, "deb", "amd64", version, "of "+version))
		where[tags(t, at)[TagOf(version)]] = version
	}
	want := map[string]string{
		"1": "1.5.0-2", "1.4": "1.4.1-1", "1.5": "1.5.0-2", "1.4.0": "1.4.0-1", "1.4.1": "1.4.1-1", "1.5.0": "1.5.0-2",
		"latest": "1.5.0-2", "edge": "2.0~~dev3+gabc-1",
	}
	got := map[string]string{}
	for tag, digest := range tags(t, at) {
		if !strings.Contains(tag, "-") {
			got[tag] = where[digest]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("channels (-want +got):\n%s", diff)
	}
}

func TestChosenTags(t *testing.T) {
	t.Parallel()
	s := serve(t)
	at := s.host + "/o/whois"
	target := open(t, "oci://"+at+"?channels=latest,stable,1&tags=pinned")
	for _, version := range []string{"1.1-1", "2.0~rc1-1", "1.0-1"} {
		publish(t, target, pack(t, "deb", "amd64", version, version))
	}
	all := tags(t, at)
	for tag, version := range map[string]string{"latest": "1.1-1", "stable": "1.1-1", "1": "1.1-1", "pinned": "1.0-1", "edge": "", "1.1": ""} {
		if all[tag] != all[version] {
			t.Errorf("%s is not at %q: %v", tag, version, all)
		}
	}
	publish(t, open(t, "oci://"+s.host+"/o/none?channels="), pack(t, "deb", "amd64", "1.1-1", ""))
	if got := tags(t, s.host+"/o/none"); len(got) != 2 {
		t.Errorf("without channels: %v", got)
	}
}

func Example_tags() {
	for _, v := range []string{"1:1.4.0-1", "1.4.0+post1-1", "1.4.0~rc1-2", "1.3.0+git20260102.g1a2b3c4-1", "24.04-1~bpo12"} {
		fmt.Println(TagOf(v), channelsOf(v))
	}
	// Output:
	// 1.4.0-1 [1 1.4 1.4.0 latest edge]
	// 1.4.0_post1-1 [1 1.4 1.4.0 1.4.0_post1 latest edge]
	// 1.4.0-rc1-2 [edge]
	// 1.3.0_git20260102.g1a2b3c4-1 [edge]
	// 24.04-1-bpo12 [24 24.04 latest edge]
}
