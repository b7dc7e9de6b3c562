#!/bin/bash
# SPDX-License-Identifier: MIT
# git over HTTP: plain files from nginx, and the smart protocol from git http-backend in gunicorn.
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"
. "$here/servers.sh"

# The decoy's repository and the real one differ in the file "who" and so in every commit.
make_repositories() {
	local word work=$UH_TMP/work

	git config --global user.name test
	git config --global user.email test@example.com
	git config --global init.defaultBranch main
	git config --global advice.detachedHead false
	for word in decoy unhairpin; do
		git init -q "$work/$word"
		echo "$word" >"$work/$word/who"
		seq 20000 >"$work/$word/numbers"
		git -C "$work/$word" add .
		git -C "$work/$word" commit -q -m "$word"
		git clone -q --bare "$work/$word" "$UH_TMP/repositories/$word/project.git" || return
		git -C "$UH_TMP/repositories/$word/project.git" config http.receivepack true
		cp -r "$UH_TMP/repositories/$word/project.git" "$UH_TMP/www/$word/"
		git -C "$UH_TMP/www/$word/project.git" update-server-info || return
	done
}

# clone_and_read URL: a shell program that clones, fetches again, and shows what came.
clone_and_read() {
	echo "rm -rf '$UH_TMP/clone' && git clone -q '$1' '$UH_TMP/clone' && cd '$UH_TMP/clone' &&
		git fetch -q && cat who && wc -l <numbers && git log --format=%s && git fsck 2>/dev/null"
}

push() {
	echo "$(clone_and_read "$1") && git checkout -q -b branch && git commit -q --allow-empty -m more &&
		git push -q origin '+branch' && git ls-remote --heads origin | cut -f 2"
}

have git || skip_all git "not installed"
write_routes
start_nginx
make_repositories || failed_all git "no repositories to serve"

client "git clone of plain files" unhairpin sh -c "$(clone_and_read "http://$public/project.git")"
client "git clone of plain files from a local address" unhairpin \
	sh -c "$(clone_and_read "http://$public:81/project.git")"
if start_gunicorn; then
	client "git clone" unhairpin sh -c "$(clone_and_read "http://$public:8000/git/project.git")"
	client "git clone, old protocol" unhairpin \
		sh -c "export GIT_PROTOCOL=version=0; $(clone_and_read "http://$public:8000/git/project.git")"
	client "git push" unhairpin sh -c "$(push "http://$public:8000/git/project.git")"
	git -C "$UH_TMP/repositories/unhairpin/project.git" rev-parse -q --verify branch >"$UH_TMP/pushed" ||
		fail "git push" "the real repository has no such branch"
fi
finish
