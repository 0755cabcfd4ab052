package rpmfile

// Tags of the header. See
// https://rpm-software-management.github.io/rpm/manual/tags.html
const (
	tagName, tagVersion, tagRelease, tagEpoch              = 1000, 1001, 1002, 1003
	tagSummary, tagDescription, tagBuildTime, tagBuildHost = 1004, 1005, 1006, 1007
	tagSize, tagVendor, tagLicense, tagPackager, tagGroup  = 1009, 1011, 1014, 1015, 1016
	tagURL, tagArch, tagArchiveSize                        = 1020, 1022, 1046
	tagSourceRPM, tagNoSource, tagSourcePackage            = 1044, 1051, 1106
	tagChangelogTime, tagChangelogName, tagChangelogText   = 1080, 1081, 1082
	tagPayloadFormat, tagPayloadCompressor                 = 1124, 1125
	tagLongSize, tagLongArchiveSize, tagPayloadDigest      = 5009, 271, 5092

	tagFileSizes, tagFileModes, tagFileTimes   = 1028, 1030, 1034
	tagFileDigests, tagFileLinks, tagFileFlags = 1035, 1036, 1037
	tagFileUsers, tagFileGroups                = 1039, 1040
	tagDirIndexes, tagBaseNames, tagDirNames   = 1116, 1117, 1118
	tagOldFileNames, tagLongFileSizes          = 1027, 5008
)

// Tags of the signature header.
const (
	sigLongArchiveSize, sigPayloadSize = 271, 1007
	sigLongSize, sigSize               = 270, 1000 // of header and payload
)

// signatureTags are those of the signature header, by the names that rpm gives
// them.
var signatureTags = []struct {
	tag  uint32
	name string
}{
	{267, "DSAHEADER"}, {268, "RSAHEADER"}, {278, "OPENPGP"}, {1002, "PGP"}, {1005, "GPG"},
	{269, "SHA1HEADER"}, {273, "SHA256HEADER"}, {277, "SHA3_256HEADER"}, {1004, "MD5"},
}

// relationTags are where a kind of relation has names, flags and versions.
type relationTags struct{ name, flags, version uint32 }

var (
	tagsProvides    = relationTags{1047, 1112, 1113}
	tagsRequires    = relationTags{1049, 1048, 1050}
	tagsConflicts   = relationTags{1054, 1053, 1055}
	tagsObsoletes   = relationTags{1090, 1114, 1115}
	tagsRecommends  = relationTags{5046, 5048, 5047}
	tagsSuggests    = relationTags{5049, 5051, 5050}
	tagsSupplements = relationTags{5052, 5054, 5053}
	tagsEnhances    = relationTags{5055, 5057, 5056}
)

// scriptTags are where a script has its text and its interpreter.
var scriptTags = []struct {
	name          string
	body, program uint32
}{
	{"pretrans", 1151, 1153}, {"pre", 1023, 1085}, {"post", 1024, 1086}, {"posttrans", 1152, 1154},
	{"preun", 1025, 1087}, {"postun", 1026, 1088}, {"preuntrans", 5104, 5106}, {"postuntrans", 5105, 5107},
	{"verify", 1079, 1091},
}
