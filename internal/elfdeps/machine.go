package elfdeps

import "debug/elf"

// All is the architecture of a tree with nothing native in it.
const All = "all"

// machines names ELF machines by Go's GOARCH, Debian's architecture and the
// directory of its libraries (multiarch tuple).
var machines = []machine{
	{elf.EM_X86_64, elf.ELFCLASS64, elf.ELFDATA2LSB, "amd64", "amd64", "x86_64-linux-gnu"},
	{elf.EM_AARCH64, elf.ELFCLASS64, elf.ELFDATA2LSB, "arm64", "arm64", "aarch64-linux-gnu"},
	{elf.EM_ARM, elf.ELFCLASS32, elf.ELFDATA2LSB, "arm", "armhf", "arm-linux-gnueabihf"},
	{elf.EM_386, elf.ELFCLASS32, elf.ELFDATA2LSB, "386", "i386", "i386-linux-gnu"},
	{elf.EM_PPC64, elf.ELFCLASS64, elf.ELFDATA2LSB, "ppc64le", "ppc64el", "powerpc64le-linux-gnu"},
	{elf.EM_S390, elf.ELFCLASS64, elf.ELFDATA2MSB, "s390x", "s390x", "s390x-linux-gnu"},
	{elf.EM_RISCV, elf.ELFCLASS64, elf.ELFDATA2LSB, "riscv64", "riscv64", "riscv64-linux-gnu"},
	{elf.EM_LOONGARCH, elf.ELFCLASS64, elf.ELFDATA2LSB, "loong64", "loong64", "loongarch64-linux-gnu"},
}

type machine struct {
	machine   elf.Machine
	class     elf.Class
	order     elf.Data
	arch      string
	debian    string
	multiarch string
}

// machineOf is the machine for Go's architecture arch.
func machineOf(arch string) machine {
	for _, m := range machines {
		if m.arch == arch {
			return m
		}
	}
	return machine{}
}
