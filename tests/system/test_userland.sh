#!/bin/bash
# SPDX-License-Identifier: MIT
# A whole userland with the object in its /etc/ld.so.preload: building, packages, version control, virtual
# environments, logins, 32-bit programs. All as without, with routes, without any, and with broken ones.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

ways=(routed none broken)

launch_as() {
	launcher=("$here/with_etc.sh" "$UH_TMP/etc.$1")
}

# In all of /etc there is another user, for the logins.
make_etc() {
	local way

	mkdir -p "$UH_TMP"/etc.{without,routed,none,broken,unmatched} "$UH_TMP/home"
	chown 4711:4711 "$UH_TMP/home"
	for way in without "${ways[@]}"; do
		(cat /etc/passwd && echo "uhtester:x:4711:4711::$UH_TMP/home:/bin/sh") >"$UH_TMP/etc.$way/passwd"
		(cat /etc/shadow && echo "uhtester:*:19000:0:99999:7:::") >"$UH_TMP/etc.$way/shadow"
		chmod 640 "$UH_TMP/etc.$way/shadow"
		[ "$way" = without ] || echo "$object" >"$UH_TMP/etc.$way/ld.so.preload"
	done
	cp "$UH_TMP/routed.conf" "$UH_TMP/etc.routed/unhairpin.conf"
	sed '2s/{/{ {/' "$UH_TMP/routed.conf" >"$UH_TMP/etc.broken/unhairpin.conf"
}

# A name that each run has for itself: what a command makes is made anew in each way.
fresh() {
	rm -rf "$UH_TMP/fresh"
	mkdir "$UH_TMP/fresh"
	chmod 777 "$UH_TMP/fresh"
	(cd "$UH_TMP/fresh" && run "$@")
}

# everywhere NAME PATTERN COMMAND…: does the same in all ways, and the pattern (grep -E) is in its output.
# Where it asks the public address, the server's word tells the routes from none.
everywhere() {
	local name=$1 pattern=$2 why='' way
	shift 2
	fresh without "$@"
	grep -q -E -e "$pattern" "$UH_TMP/out.without" ||
		why="no '$pattern' even without the object: $(head -n 20 "$UH_TMP/out.without" "$UH_TMP/err.without")"
	for way in none broken routed; do
		fresh "$way" "$@"
		[ "$way" != routed ] || sed -i 's/decoy/unhairpin/g' "$UH_TMP/out.without"
		[ -n "$why" ] || why=$(same "$way") || why="$way: $why"
	done
	outcome "$name" "$why"
}

# A project of 200 files, its library, its program and its tests.
make_project() {
	local i

	mkdir "$UH_TMP/project"
	for ((i = 0; i < 200; i++)); do
		printf '#include <stdio.h>\n#include <string.h>\nint part%d(int x);\nint part%d(int x) { char t[32]; return snprintf(t, sizeof(t), "%%d", x + %d) + (int)strlen(t); }\n' \
			"$i" "$i" "$i" >"$UH_TMP/project/part$i.c"
	done
	{
		echo '#include <stdio.h>'
		printf 'int part%d(int x);\n' {0..199}
		echo 'int main(void) { int sum = 0;'
		printf '	sum += part%d(sum);\n' {0..199}
		printf '	printf("sum %%d\\n", sum); return 0; }\n'
	} >"$UH_TMP/project/main.c"
	cat >"$UH_TMP/project/Makefile" <<-'END'
		.RECIPEPREFIX = >
		CFLAGS = -O0 -Wall
		parts = $(patsubst %.c,%.o,$(wildcard part*.c))
		check: program
		> ./program | tee result
		> sha256sum program libparts.a | sort
		program: main.o libparts.a
		> $(CC) -o $@ main.o -L. -lparts
		libparts.a: $(parts)
		> $(AR) rcD $@ $(sort $^)
	END
}

building() {
	have cc || return
	make_project
	everywhere "make -j of 200 files" '^sum [0-9]+$' sh -c "cp -r '$UH_TMP/project/.' . && make -s -j4"
}

# A package with maintainer scripts, as dpkg-deb makes it.
make_package() {
	local tree=$UH_TMP/package

	mkdir -p "$tree/DEBIAN" "$tree/usr/share/uh-test"
	echo contents >"$tree/usr/share/uh-test/file"
	printf 'Package: uh-test\nVersion: 1.0\nArchitecture: all\nMaintainer: test <test@example.com>\nDescription: a test\n' \
		>"$tree/DEBIAN/control"
	for script in preinst postinst prerm postrm; do
		# shellcheck disable=SC2016 # the script's own
		printf '#!/bin/sh\nset -e\necho "%s $*" | sed "s/ .*//"\nid -u\n' "$script" >"$tree/DEBIAN/$script"
		chmod 755 "$tree/DEBIAN/$script"
	done
}

# Into a root of its own; the scripts run in the machine's.
dpkg_and_apt() {
	local dpkg="dpkg --root=$UH_TMP/fresh/root --force-script-chrootless --log=/dev/null" word
	local make_root='mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates && : >root/var/lib/dpkg/status'

	if ! have dpkg-deb || ! have apt-get || ! have dpkg-scanpackages; then
		skip "dpkg and apt" "not installed"
		return
	fi
	make_package
	everywhere "dpkg-deb" uh-test sh -c "SOURCE_DATE_EPOCH=1 dpkg-deb --root-owner-group -b '$UH_TMP/package' x.deb &&
		dpkg-deb -I x.deb && dpkg-deb -c x.deb && sha256sum x.deb"
	SOURCE_DATE_EPOCH=1 dpkg-deb --root-owner-group -b "$UH_TMP/package" "$UH_TMP/uh-test.deb" >/dev/null
	everywhere "dpkg -i, -l, -r, -P" '^postinst$' sh -c "$make_root && $dpkg -i '$UH_TMP/uh-test.deb' &&
		cat root/usr/share/uh-test/file && $dpkg -s uh-test && $dpkg -r uh-test && $dpkg -P uh-test; echo \$?; find root"
	mkdir "$UH_TMP/pool"
	cp "$UH_TMP/uh-test.deb" "$UH_TMP/pool"
	(cd "$UH_TMP/pool" && dpkg-scanpackages . 2>/dev/null >Packages)
	for word in decoy unhairpin; do
		cp -r "$UH_TMP/pool" "$UH_TMP/www/$word/debian"
	done
	# All that apt reads and writes is in there; nothing of the machine's own.
	cat >"$UH_TMP/apt.conf" <<-END
		Dir "$UH_TMP/fresh";
		Dir::State::status "$UH_TMP/fresh/root/var/lib/dpkg/status";
		DPkg::Options { "--root=$UH_TMP/fresh/root"; "--force-script-chrootless"; "--log=/dev/null"; };
		Acquire::Languages "none";
		quiet "2";
	END
	for source in "file://$UH_TMP/pool" "http://$public/debian"; do
		everywhere "apt-get from ${source%%:*}" '^postinst' env APT_CONFIG="$UH_TMP/apt.conf" sh -c "$make_root &&
			mkdir -p etc/apt/apt.conf.d etc/apt/preferences.d etc/apt/trusted.gpg.d var/log/apt \\
				var/lib/apt/lists/partial var/cache/apt/archives/partial &&
			echo 'deb [trusted=yes] $source ./' >etc/apt/sources.list && apt-get update && apt-get -y install uh-test &&
			apt-get -y --simulate remove uh-test && apt-get -y remove uh-test && cat root/var/lib/dpkg/status"
	done
}

version_control() {
	local word fixed

	fixed='export GIT_AUTHOR_DATE=2000-01-01T00:00:00Z GIT_COMMITTER_DATE=2000-01-01T00:00:00Z
		export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com'
	if ! have git; then
		skip git "not installed"
		return
	fi
	everywhere "git init, commit, clone, push, gc" '^[0-9a-f]{40} refs/heads/' sh -c "$fixed
		git init -q -b main work && cd work && for i in 1 2 3; do echo \$i >file && git add file && git commit -q -m \$i; done &&
		git log --format='%H %s' && git tag v1 && cd .. && git clone -q 'file://$UH_TMP/fresh/work' copy && git clone -q --bare work bare &&
		cd copy && git checkout -q -b side && echo 4 >file && git commit -q -a -m 4 && git push -q ../bare side &&
		git gc -q && git fsck && git -C ../bare for-each-ref --format='%(objectname) %(refname)'"
	(cd "$UH_TMP" && git init -q -b main repo && cd repo && echo text >file && git add file &&
		git -c user.name=t -c user.email=t@example.com commit -q -m text)
	for word in decoy unhairpin; do
		git clone -q --bare "$UH_TMP/repo" "$UH_TMP/www/$word/repo.git"
		git -C "$UH_TMP/www/$word/repo.git" update-server-info
	done
	everywhere "git clone over HTTP" decoy sh -c "git clone -q http://$public/repo.git c && git -C c log --format=%s &&
		git -C c ls-remote && curl -sS http://$public/who"
}

# shellcheck disable=SC2016 # the inner shells' variables
# What cron, at and service managers start: nothing in the environment, no terminal, a session of its own.
shells() {
	everywhere "an empty environment" decoy env -i /bin/sh -c "curl -sS http://$public/who; set | grep -c PPID"
	everywhere "a session of its own" decoy setsid -w sh -c "curl -sS http://$public/who; echo err >&2; exit 5"
	everywhere "closed standard streams" '^done$' sh -c "sh -c 'curl -s http://$public/who; true' <&- >&- 2>&-; echo done"
	everywhere "pipes, jobs and traps" '^15$' bash -c 'trap "echo trapped" USR1; for i in 1 2 3 4 5; do (echo $i) & done | sort |
		awk "{ s += \$1 } END { print s }"; kill -USR1 $$; coproc cat; echo x >&"${COPROC[1]}"; read -r y <&"${COPROC[0]}"; echo "$y"'
	everywhere "find, xargs, tar, gzip" '^[0-9a-f]{64}' sh -c "find /usr/share/doc/bash -type f -print0 | sort -z |
		tar --null -T - --mtime=@0 -cf - 2>/dev/null | gzip -n | sha256sum"
	everywhere "perl" '^42$' perl -e 'print `echo 42`; warn "w\n"; exit(2)'
}

virtual_environments() {
	local without_pip=--without-pip version=:

	if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
		skip "python3 -m venv" "no venv module"
		return
	fi
	if [ -n "${UH_LONG-}" ]; then # it takes ten seconds to unpack
		without_pip='' version='env/bin/pip --disable-pip-version-check list'
	fi
	everywhere "python3 -m venv" '^\[1, 2, 3\]$' sh -c "'$python' -m venv $without_pip env && $version &&
		env/bin/python -c 'import sys; print(sys.prefix)' && ls env/bin &&
		env/bin/python -c 'import multiprocessing as m; print(m.Pool(3).map(abs, [-1, -2, -3]))'"
}

# The server and its client, both in the name space of that way; the session connects to the public address.
make_login() {
	ssh-keygen -q -t ed25519 -N '' -f "$UH_TMP/hostkey" && ssh-keygen -q -t ed25519 -N '' -f "$UH_TMP/userkey" || return
	install -D -o 4711 -m 600 "$UH_TMP/userkey.pub" "$UH_TMP/home/.ssh/authorized_keys"
	cat >"$UH_TMP/sshd_config" <<-END
		ListenAddress 127.0.0.1:2222
		HostKey $UH_TMP/hostkey
		AuthorizedKeysFile $UH_TMP/home/.ssh/authorized_keys
		PermitRootLogin prohibit-password
		StrictModes no
		UsePAM no
		PidFile none
		LogLevel ERROR
		Subsystem sftp internal-sftp
	END
	cat >"$UH_TMP/login" <<-END
		options='-F none -q -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o IdentitiesOnly=yes -i $UH_TMP/userkey'
		/usr/sbin/sshd -D -e -f $UH_TMP/sshd_config &
		server=\$!
		i=0
		# Its banner is read: a close before that is a reset or not, and sshd complains of either in other words.
		until [ \$i = 100 ] || (exec 3<>/dev/tcp/127.0.0.1/2222 && read -r _ <&3) 2>/dev/null; do i=\$((i + 1)); sleep 0.05; done
		for user in uhtester root; do
			ssh \$options -p 2222 \$user@127.0.0.1 'id; env | grep -c ^LD_; cat /etc/ld.so.preload >/dev/null 2>&1; curl -sS http://$public/who; exit 4'
			echo status \$?
		done
		printf 'GET /who HTTP/1.0\r\n\r\n' | ssh \$options -p 2222 -W $public:80 uhtester@127.0.0.1 | tail -n 1
		echo 'get $UH_TMP/sshd_config copy' | sftp \${options} -P 2222 -b - uhtester@127.0.0.1 >/dev/null; cmp copy $UH_TMP/sshd_config && echo copied
		kill \$server
		wait \$server
	END
}

login() {
	if [ ! -x /usr/sbin/sshd ] || ! have ssh; then
		skip "sshd with a login" "no openssh-server here"
		return
	fi
	mkdir -p /run/sshd
	make_login || return
	everywhere "sshd: logins, forwarding, sftp" '^copied$' bash "$UH_TMP/login"
	grep -q '^uid=4711' "$UH_TMP/out.without" || fail "sshd: a login" "$(head -n 20 "$UH_TMP/out.without" "$UH_TMP/err.without")"
	is "sshd: both sessions and the forwarding reach the server" 3 "$(grep -c '^unhairpin$' "$UH_TMP/out.routed")"
}

# ld.so speaks up where an object of /etc/ld.so.preload is of the wrong class, so that file names one for each.
programs_of_32_bits() {
	local way

	cat >"$UH_TMP/small.c" <<-'END'
		#include <stdio.h>
		int main(void) { printf("%zu bytes\n", sizeof(void *)); return 0; }
	END
	if ! gcc -m32 -o "$UH_TMP/small" "$UH_TMP/small.c" 2>"$UH_TMP/small.err" || ! "$UH_TMP/small" >/dev/null; then
		skip "32-bit programs" "none can be built and run here: $(head -n 1 "$UH_TMP/small.err")"
		return
	fi
	gcc -m32 -D_GNU_SOURCE -O1 -pthread -o "$UH_TMP/asks32" "$here/hosts/asks.c" "$here/hosts/ask.c" || return
	(cd "$root" && make -s BUILD="$UH_TMP/build32" CC='gcc -m32' "$UH_TMP/build32/libunhairpin.so") >"$UH_TMP/build32.log" 2>&1 ||
		failed_all "32-bit programs" "the object can't be built: $(tail -n 5 "$UH_TMP/build32.log")"
	is "a 32-bit object needs libc alone" libc.so.6 \
		"$(readelf -d "$UH_TMP/build32/libunhairpin.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')"
	# Without 64 in its name such a call fails for files with long inode numbers.
	is "a 32-bit object calls nothing that fails for large files" "" \
		"$(nm -D --undefined-only "$UH_TMP/build32/libunhairpin.so" | grep -owE 'f?stat|open|mmap|fallocate|getrlimit')"
	# ld.so puts in place of $LIB what that class of objects has. The compiler is the same 64-bit one beside both.
	install -D -t "$UH_TMP/both/$(lib_of /bin/true)" "$UH_TMP"/lib/*.so "$UH_TMP/lib/unhairpin-compiler"
	install -D -t "$UH_TMP/both/$(lib_of "$UH_TMP/small")" "$UH_TMP/build32/libunhairpin.so" "$UH_TMP/lib/unhairpin-compiler"
	for way in "${ways[@]}"; do
		# shellcheck disable=SC2016 # ld.so's variable
		echo "$UH_TMP/both/"'$LIB/libunhairpin.so' >"$UH_TMP/etc.$way/ld.so.preload"
	done
	everywhere "a 32-bit program" '^4 bytes$' "$UH_TMP/small"
	everywhere "a 64-bit program beside it" decoy curl -sS "http://$public/who"
	everywhere "a 32-bit program that connects" "80 $public:80 decoy" "$UH_TMP/asks32" "$public" 80 81 84
	# What the 64-bit command has compiled: no compiler is beside this object.
	run without "$UH_TMP/asks32" "$public" 80 81
	sed -i 's/decoy/unhairpin/g' "$UH_TMP/out.without"
	"$UH_BUILD/unhairpin" compile "$UH_TMP/routed.conf" >"$UH_TMP/compiled" 2>&1 || fail "compile" "$(cat "$UH_TMP/compiled")"
	env LD_PRELOAD="$UH_TMP/build32/libunhairpin.so" UNHAIRPIN_CONF="$UH_TMP/routed.conf" \
		"$UH_TMP/asks32" "$public" 80 81 >"$UH_TMP/out.cache" 2>&1
	is "a 32-bit program, from a cache" "$(cat "$UH_TMP/out.without")" "$(cat "$UH_TMP/out.cache")"
}

# lib_of PROGRAM: what $LIB stands for in it, by where ld.so says that it looks last.
lib_of() {
	# shellcheck disable=SC2016 # ld.so's variable
	LD_DEBUG=libs LD_LIBRARY_PATH='/nowhere/$LIB' "$1" 2>&1 |
		sed -n 's|.*trying file=/nowhere/\(.*\)/libc\.so\.6$|\1|p' | tail -n 1
}

is_root || skip_all "a userland" "needs root"
write_routes
make_etc
mount -t tmpfs none /run # what is logged is not for this machine's journal
"$here/with_etc.sh" "$UH_TMP/etc.without" true 2>/dev/null || skip_all "a userland" "no overlay over /etc here"
start_nginx
building
dpkg_and_apt
version_control
shells
virtual_environments
login
programs_of_32_bits
finish
