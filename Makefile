# SPDX-License-Identifier: MIT
# make, make test, make demo, make bench, make install; PREFIX, DESTDIR, CC, CFLAGS as usual.

VERSION     := 0.2.0
PREFIX      ?= /usr/local
BINDIR      ?= $(PREFIX)/bin
LIBDIR      ?= $(PREFIX)/lib
LIBEXECDIR  ?= $(PREFIX)/libexec
MANDIR      ?= $(PREFIX)/share/man
DOCDIR      ?= $(PREFIX)/share/doc/unhairpin
UNITDIR     ?= $(PREFIX)/lib/systemd/system
# Where Debian's packages have them is not where zsh and fish look below /usr/local.
BASHDIR     ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR      ?= $(PREFIX)/share/zsh/site-functions
FISHDIR     ?= $(PREFIX)/share/fish/vendor_completions.d
PKG_CONFIG  ?= pkg-config
CFLAGS      ?= -O2 -g
BUILD       ?= .build
V           ?= 0

# In a clone of the repository each warning is an error. Elsewhere a newer compiler's new warning is not.
WERROR      ?= $(if $(wildcard .git),-Werror)

# The user's CFLAGS come last. With _FILE_OFFSET_BITS 32-bit programs can stat(2) files whose inode number is
# longer. -ffile-prefix-map: the files are the same wherever they are built.
UH_CPPFLAGS := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Iinclude -Isrc -DUH_VERSION='"$(VERSION)"' -DUH_LIBDIR='"$(LIBDIR)"' \
               -DUH_LIBEXECDIR='"$(LIBEXECDIR)"'
PREFIX_MAP  := -ffile-prefix-map=$(CURDIR)=.
UH_CFLAGS   := -std=c17 -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
               -fPIC -fvisibility=hidden -fno-strict-aliasing -foptimize-sibling-calls $(PREFIX_MAP)
# The libraries of the command: texts, JSON, tables, ELF files, BPF. The compiler of routes takes the first alone.
LIBRARIES   := libconfuse jansson smartcols libelf libbpf
UH_CPPFLAGS += $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null)
# musl-gcc looks for headers in musl's directory alone. The kernel's, and uthash, are beside glibc's.
beside_glibc = -idirafter /usr/include -idirafter /usr/include/$(shell gcc -dumpmachine 2>/dev/null)
UH_CPPFLAGS += $(if $(findstring musl-gcc,$(CC)),$(beside_glibc))
# Calls between our files are then inlined: after a system call each frame that is left costs 20 ns.
# Tests link the objects without that, which is quicker by far; hence the fat ones.
LTO         ?= $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),,-flto=auto -ffat-lto-objects)
NO_LTO       := $(if $(LTO),-fno-lto)
compile      = $(CC) $(UH_CPPFLAGS) $(CPPFLAGS) $(UH_CFLAGS) $(LTO) $(CFLAGS) $(NO_ABORT) -MMD -MP
link         = $(CC) $(LTO) $(PREFIX_MAP) $(CFLAGS) $(NO_ABORT) $(LDFLAGS)
say          = $(if $(filter 0,$(V)),@printf '  %-6s %s\n' $(1) $@;)

# A folder of src is linked whole or not at all (src/README).
in           = $(foreach room,$(1),$(patsubst src/%.c,$(BUILD)/%.o,\
               $(wildcard src/$(room)/*.c src/$(room)/*/*.c src/$(room)/*/*/*.c)))
OBJECT      := $(call in,base libc process table load names socket observe routes preload)
COMPILER    := $(call in,base table build config compiler)
COMMAND     := $(call in,base libc process table load build config flatten command)
# Files that the command prints: their text between the symbols _binary_FILE_start and _end.
TEXTS       := $(wildcard src/command/completion/unhairpin.*) src/command/trace/page/page.html
COMMAND     += $(TEXTS:src/%=$(BUILD)/%.o)
# The kernel's programs, which the command contains in the same way. Without clang they are an empty file, and
# `unhairpin kernel` says so. libbpf loads what clang's generic BPF (the first instruction set) makes.
BPF_CLANG   ?= $(if $(shell command -v clang),clang)
HOOKS       := $(BUILD)/bpf/cgroup_hooks.bpf
COMMAND     += $(HOOKS).o

PARTS       := $(addprefix $(BUILD)/,libunhairpin.so unhairpin-compiler unhairpin)

all: $(PARTS)

# The preload object ends no program, whatever the user's CFLAGS ask for: what _FORTIFY_SOURCE and the stack
# protector find, they answer with abort(3). Tests, fuzzers and sanitizers look for such faults instead. The files
# that only the command and the compiler of routes have are built as the user asks.
$(OBJECT) $(BUILD)/libunhairpin.so: NO_ABORT := -U_FORTIFY_SOURCE -fno-stack-protector

# Asks once for what building takes, before the first file is compiled. The object takes no library.
NEEDS       := $(BUILD)/needs
$(NEEDS): conf/needs.sh
	@mkdir -p $(@D)
	@BPF_CLANG='$(BPF_CLANG)' PKG_CONFIG='$(PKG_CONFIG)' conf/needs.sh '$(CC) $(UH_CPPFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' \
	  $(if $(filter-out $(BUILD)/libunhairpin.so musl,$(or $(MAKECMDGOALS),all)),$(LIBRARIES))
	@touch $@

$(BUILD)/%.o: src/%.c | $(NEEDS)
	@mkdir -p $(@D)
	$(call say,CC)$(compile) -c -o $@ $<

$(TEXTS:src/%=$(BUILD)/%.o): $(BUILD)/%.o: src/% | $(NEEDS)
	@mkdir -p $(@D)
	$(call say,TEXT)cd $(<D) && $(CC) -r -nostdlib -Wl,-b,binary,-z,noexecstack -o $(abspath $@) $(<F)

BPF_CFLAGS  := -target bpf -O2 -g -ffreestanding -Wall -Wextra $(WERROR) -Wshadow -Iinclude \
               -idirafter /usr/include/$(shell gcc -print-multiarch 2>/dev/null)
$(HOOKS): src/bpf/cgroup_hooks.bpf.c $(wildcard src/bpf/*.h include/kernel_*.h) | $(NEEDS)
	@mkdir -p $(@D)
	$(call say,BPF)$(if $(BPF_CLANG),$(BPF_CLANG) $(BPF_CFLAGS) -fdebug-compilation-dir=. -c -o $@ $<,: >$@)

$(HOOKS).o: $(HOOKS)
	$(call say,TEXT)cd $(<D) && $(CC) -r -nostdlib -Wl,-b,binary,-z,noexecstack -o $(abspath $@) $(<F)

# Loading must cost next to nothing in programs that never connect: symbols are bound when they are
# first called, or by the first connect() (libc/bind_early.c), and code and data take as few mappings as
# an empty object's. The sorted sections keep the small variables together (base/large.h).
LIGHT       := -Wl,--sort-section=name,-z,lazy,-z,relro,-z,noseparate-code,--hash-style=gnu

# The preload object: libc and nothing else; only the wrappers are visible.
$(BUILD)/libunhairpin.so: $(OBJECT) src/preload/exports.map
	$(call say,LD)$(link) -shared -Wl,-soname,libunhairpin.so $(LIGHT) \
	  -Wl,-z,defs -Wl,--as-needed -Wl,--version-script=src/preload/exports.map -o $@ $(filter %.o,$^)

# The same for programs that use musl (musl-gcc of Debian's musl-tools), beside an object for glibc: make musl. One
# compiler of routes serves both. On a system of musl alone it is plain `make` (here: make CC=musl-gcc, with the
# libraries built by musl-gcc, too, and PKG_CONFIG_LIBDIR naming them; tests/musl_libraries.sh shows how).
MUSL        := $(BUILD)/libunhairpin-musl.so
$(MUSL): $(OBJECT:$(BUILD)/%.o=src/%.c) $(wildcard include/*.h src/*/*.h src/*/*/*.h) src/preload/exports.map
	@mkdir -p $(@D)
	$(call say,LD)musl-gcc $(UH_CPPFLAGS) $(CPPFLAGS) $(UH_CFLAGS) -flto=auto $(CFLAGS) -U_FORTIFY_SOURCE \
	  -fno-stack-protector $(LDFLAGS) $(beside_glibc) -shared \
	  -Wl,-soname,libunhairpin.so $(LIGHT) -Wl,-z,defs -Wl,--version-script=src/preload/exports.map \
	  -o $@ $(filter %.c,$^)
musl: $(MUSL)

# The compiler of routes. Static if that can be had: it starts sooner, and a container needs no library
# for it. Debian's libconfuse.a is not position-independent, hence -no-pie.
static_of    = $(filter /%,$(shell $(CC) -print-file-name=lib$(1).a 2>/dev/null))
STATIC      ?= $(if $(and $(call static_of,confuse),$(call static_of,c)),-static -no-pie)
$(BUILD)/unhairpin-compiler: $(COMPILER)
	$(call say,LD)$(link) $(STATIC) -Wl,-z,noseparate-code,--gc-sections -o $@ $^ \
	  $$($(PKG_CONFIG) --libs $(if $(STATIC),--static) libconfuse)

# The command reads what programs read, in the same ways.
$(BUILD)/unhairpin: $(COMMAND)
	$(call say,LD)$(link) -Wl,--as-needed -o $@ $^ $$($(PKG_CONFIG) --libs $(LIBRARIES))

# Unit tests: one program a file, linked with everything but the entry points.
UNITS       := $(filter-out $(BUILD)/command/main.o,$(sort $(COMMAND) $(call in,names socket observe routes)))
UNIT        := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*/test_*.c))
$(BUILD)/tests/unit/%: tests/unit/%.c $(UNITS)
	@mkdir -p $(@D)
	$(call say,CC)$(compile) $(NO_LTO) -Itests/unit -o $@ $< $(UNITS) $(LDFLAGS) \
	  $$($(PKG_CONFIG) --cflags --libs cmocka $(LIBRARIES))

# Behaviour tests: what the program sees, one file a behaviour; they know the object from outside only.
BEHAVIOUR   := $(patsubst tests/behaviour/%.c,$(BUILD)/tests/behaviour/%,\
               $(filter-out tests/behaviour/harness%.c,$(wildcard tests/behaviour/*.c)))
HARNESS     := $(patsubst tests/behaviour/%.c,$(BUILD)/harness/%.o,$(wildcard tests/behaviour/harness*.c))
.SECONDARY: $(HARNESS)
$(BUILD)/harness/%.o: tests/behaviour/%.c
	@mkdir -p $(@D)
	$(call say,CC)$(compile) $(NO_LTO) -c -o $@ $<

$(BUILD)/tests/behaviour/%: tests/behaviour/%.c $(HARNESS)
	@mkdir -p $(@D)
	$(call say,CC)$(compile) $(NO_LTO) -pthread -o $@ $< $(HARNESS) $(LDFLAGS)

# Fuzzers: all that text, bytes and addresses can reach, in one program each (libFuzzer: clang alone).
FUZZERS     := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_CFLAGS := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
FUZZ_SECONDS ?= 60
$(BUILD)/tests/fuzz/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h $(UNITS)
	@mkdir -p $(@D)
	$(call say,CC)$(compile) -fsanitize=fuzzer -DUH_SOURCE_LIMIT=65536 -Wl,--wrap=uh_source_include $(FUZZ_LINK) \
	  -o $@ $< tests/fuzz/fuzz.c src/config/sources.c \
	  $(filter-out $(BUILD)/config/sources.o,$(filter %.o,$^)) $(LDFLAGS) $$($(PKG_CONFIG) --libs $(LIBRARIES))

# This one has the exported functions in it, for which its own uh_run_compiler compiles.
$(BUILD)/tests/fuzz/fuzz_sockaddr: $(call in,preload) tests/fuzz/world.c
$(BUILD)/tests/fuzz/fuzz_sockaddr: FUZZ_LINK := -Wl,--wrap=uh_find_compiler,--wrap=uh_run_compiler tests/fuzz/world.c

fuzzers: $(FUZZERS)

# The unit tests are run with the sanitizers of this build as well.
fuzz: deps-checks
	@$(AT_ONCE) BUILD=$(BUILD)/fuzz CC=clang LTO= STATIC= CFLAGS='$(FUZZ_CFLAGS)' fuzzers unit-programs
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC=clang LTO= STATIC= CFLAGS='$(FUZZ_CFLAGS)' unit
	@FUZZ_SECONDS=$(FUZZ_SECONDS) tests/fuzz/run.sh $(BUILD)/fuzz

# The same random calls, on TCP and on datagram sockets, plain and routed; a fifth of the time threads at random.
# DIFFER_SEED makes a run repeat another's calls.
DIFFER_SECONDS ?= 600
DIFFER_SEED ?=
DIFFER      := $(BUILD)/tests/differ/differ
$(DIFFER): $(wildcard tests/differ/*.c) tests/differ/differ.h
	@mkdir -p $(@D)
	$(call say,CC)$(compile) $(NO_LTO) -pthread -o $@ $(filter %.c,$^) $(LDFLAGS)

differ: $(PARTS) $(DIFFER)
	@$(DIFFER) --stress $(abspath $(BUILD)/libunhairpin.so) $$(($(DIFFER_SECONDS) / 5))
	@$(DIFFER) $(abspath $(BUILD)/libunhairpin.so) $$(($(DIFFER_SECONDS) * 4 / 5)) $(DIFFER_SEED)

# A million connections, or as many as there are in SOAK_SECONDS.
SOAK_CONNECTIONS ?= 1000000
SOAK_SECONDS ?=
$(BUILD)/tests/soak/soak: $(wildcard tests/soak/*.c) tests/soak/soak.h
	@mkdir -p $(@D)
	$(call say,CC)$(compile) -pthread -o $@ $(filter %.c,$^) $(LDFLAGS)

soak: $(PARTS) $(BUILD)/tests/soak/soak
	@$(BUILD)/tests/soak/soak $(abspath $(BUILD)/libunhairpin.so) 32 $(SOAK_CONNECTIONS) $(SOAK_SECONDS)

behaviour-programs: $(BEHAVIOUR)
behaviour: $(PARTS) $(BEHAVIOUR)
	@UH_BUILD=$(abspath $(BUILD)) tests/system/run.sh $(BEHAVIOUR)

unit-programs: $(UNIT)
unit: $(UNIT)
	@tests/unit/run.sh $(UNIT)

# Real programs and servers, in network namespaces that each test makes for itself.
system: all $(BEHAVIOUR) $(DIFFER) $(if $(shell command -v musl-gcc),$(MUSL))
	@UH_BUILD=$(abspath $(BUILD)) tests/system/run.sh $(TESTS)

# The two commands of the README: each installs what it needs first, and builds on all processors.
AT_ONCE      = $(MAKE) --no-print-directory -j $$(nproc)
test: deps-test
	@$(AT_ONCE) all unit-programs behaviour-programs
	@$(MAKE) --no-print-directory unit system

demo: deps-demo
	@$(MAKE) --no-print-directory $(PARTS)
	@UH_BUILD=$(abspath $(BUILD)) tests/demo/demo.sh

bench: deps-bench
	@$(MAKE) --no-print-directory $(PARTS)
	@UH_BUILD=$(abspath $(BUILD)) tests/bench/bench.sh

# What can be seen without running anything.
lint: deps-checks
	@tests/lint.sh

# Debian's packages, one list for each purpose; installed only where one is missing. `make deps` is for building.
deps:
	@tests/deps.sh

deps-%:
	@tests/deps.sh $*

# What names paths names those of the installation. installed SOURCE,DIRECTORY,NAME,MODE
installed    = sed -e 's|/usr/local/bin|$(BINDIR)|g' -e 's|/usr/local/libexec|$(LIBEXECDIR)|g' \
               -e 's|/usr/local/lib/libunhairpin|$(LIBDIR)/libunhairpin|g' $(1) >$(DESTDIR)$(2)/$(3) && \
               chmod $(4) $(DESTDIR)$(2)/$(3)
INSTALLED_UNITS := $(notdir $(wildcard conf/*.path conf/*.service conf/*.mount conf/*.timer))
MANUALS     := $(wildcard src/man/*.[1-8])
install: all
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(LIBDIR) $(DESTDIR)$(LIBEXECDIR) $(DESTDIR)$(MANDIR)/man1 \
	  $(DESTDIR)$(MANDIR)/man5 $(DESTDIR)$(MANDIR)/man7 $(DESTDIR)$(MANDIR)/man8 $(DESTDIR)$(DOCDIR) \
	  $(DESTDIR)$(UNITDIR)
	install -m 755 $(BUILD)/unhairpin $(DESTDIR)$(BINDIR)/unhairpin
	install -m 644 $(BUILD)/libunhairpin.so $(DESTDIR)$(LIBDIR)
	[ ! -e $(MUSL) ] || install -m 644 $(MUSL) $(DESTDIR)$(LIBDIR)
	install -m 755 $(BUILD)/unhairpin-compiler $(DESTDIR)$(LIBEXECDIR)
	$(call installed,conf/withdraw.sh,$(LIBEXECDIR),unhairpin-withdraw,755)
	$(foreach page,$(MANUALS),$(call installed,$(page),$(MANDIR)/man$(subst .,,$(suffix $(page))),$(notdir $(page)),644) &&) :
	$(foreach unit,$(INSTALLED_UNITS),$(call installed,conf/$(unit),$(UNITDIR),$(unit),644) &&) :
	install -m 644 conf/unhairpin.conf $(DESTDIR)$(DOCDIR)
	cp -r conf/examples $(DESTDIR)$(DOCDIR) && chmod -R u=rwX,go=rX $(DESTDIR)$(DOCDIR)/examples
	install -D -m 644 src/command/completion/unhairpin.bash $(DESTDIR)$(BASHDIR)/unhairpin
	install -D -m 644 src/command/completion/unhairpin.zsh $(DESTDIR)$(ZSHDIR)/_unhairpin
	install -D -m 644 src/command/completion/unhairpin.fish $(DESTDIR)$(FISHDIR)/unhairpin.fish

# First takes the object out of /etc/ld.so.preload, and the programs out of the kernel; in this system alone.
uninstall:
	[ -n "$(DESTDIR)" ] || [ ! -e $(LIBEXECDIR)/unhairpin-withdraw ] || $(LIBEXECDIR)/unhairpin-withdraw
	rm -f $(DESTDIR)$(BINDIR)/unhairpin $(DESTDIR)$(LIBDIR)/libunhairpin.so \
	  $(DESTDIR)$(LIBDIR)/libunhairpin-musl.so $(DESTDIR)$(LIBEXECDIR)/unhairpin-compiler \
	  $(DESTDIR)$(LIBEXECDIR)/unhairpin-withdraw $(DESTDIR)$(DOCDIR)/unhairpin.conf \
	  $(foreach page,$(MANUALS),$(DESTDIR)$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page))) \
	  $(addprefix $(DESTDIR)$(UNITDIR)/,$(INSTALLED_UNITS)) \
	  $(DESTDIR)$(BASHDIR)/unhairpin $(DESTDIR)$(ZSHDIR)/_unhairpin $(DESTDIR)$(FISHDIR)/unhairpin.fish
	-cd $(DESTDIR)$(DOCDIR)/examples && rm -f $(patsubst conf/examples/%,%,$(shell find conf/examples -type f))
	-find $(DESTDIR)$(DOCDIR) -depth -type d -empty -delete

SOURCES     := .ci .clang-format .gitignore LICENSE Makefile README.md conf include src tests
NAME        := unhairpin-$(VERSION)
dist:
	@mkdir -p $(BUILD)
	tar -c -z -f $(BUILD)/$(NAME).tar.gz --sort=name --owner=0 --group=0 --numeric-owner \
	  --mode=go=rX,u+rw --transform='s,^,$(NAME)/,' $(SOURCES)

# Debian's packages, built from that archive as anybody would. The flags are those of dpkg-buildflags(1), not ours.
deb: deps-package dist
	rm -rf $(BUILD)/deb $(BUILD)/*.deb
	mkdir $(BUILD)/deb
	tar -x -z -f $(BUILD)/$(NAME).tar.gz -C $(BUILD)/deb
	cp -r $(BUILD)/deb/$(NAME)/conf/debian $(BUILD)/deb/$(NAME)/debian
	cd $(BUILD)/deb/$(NAME) && env -u MAKEFLAGS -u MAKELEVEL -u BUILD -u DESTDIR -u LTO -u CFLAGS -u LDFLAGS -u CC \
	  dpkg-buildpackage -us -uc -b
	mv $(BUILD)/deb/*.deb $(BUILD)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
.PHONY: all musl behaviour unit system test demo bench lint deps install deb dist uninstall clean \
        fuzz fuzzers differ soak unit-programs behaviour-programs
