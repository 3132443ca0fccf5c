# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The bpfstatsd authors
#
# bpfstatsd: build and install, for GNU make and BSD make.  mk/objects.mk has
# the objects, mk/SYSTEM.mk what is special to a system, tests/Makefile tests.
all: bpfstatsd bpfstatsctl

PREFIX = /usr/local
BINDIR = ${PREFIX}/bin
MANDIR = ${PREFIX}/share/man
BINMODE = 0755
# For install-completions, install-systemd and install-conf.
SYSCONFDIR = /etc
BASHDIR = ${PREFIX}/share/bash-completion/completions
ZSHDIR = ${PREFIX}/share/zsh/site-functions
FISHDIR = ${PREFIX}/share/fish/vendor_completions.d
UNITDIR = ${PREFIX}/lib/systemd/system
SYSUSERSDIR = ${PREFIX}/lib/sysusers.d
# For install-setcap; firewall log groups: cap_net_admin,cap_bpf.
CAPS = cap_net_raw,cap_bpf

include mk/objects.mk

bpfstatsd: ${OBJ}
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ ${OBJ} ${LDLIBS}

bpfstatsctl: ${OBJ_CTL_ALL}
	${CC} ${ALL_CFLAGS} ${ALL_LDFLAGS} -o $@ ${OBJ_CTL_ALL} ${LDLIBS_CTL}

objects: ${OBJ} ${OBJ_CTL}

# Prints the objects, and the flags that find this system's libraries; with
# OS=... those of another system.
list:
	@echo ${OBJ} ${OBJ_CTL}
list-flags:
	@echo ${CPPFLAGS_SYSTEM}

# Installs what it needs, builds, and runs on real packets.
demo:
	sh dist/deps demo
	${MAKE} all
	sh dist/demo

# Set-user-ID and ownership take root; others install into a DESTDIR.
install: all
	mkdir -p "${DESTDIR}${BINDIR}" "${DESTDIR}${MANDIR}/man5" \
	    "${DESTDIR}${MANDIR}/man8"
	if [ "$$(id -u)" -eq 0 ]; then \
		install ${BINOWNER} -m ${BINMODE} bpfstatsd \
		    "${DESTDIR}${BINDIR}/bpfstatsd"; \
	else \
		install -m 0755 bpfstatsd "${DESTDIR}${BINDIR}/bpfstatsd"; \
	fi
	install -m 0755 bpfstatsctl "${DESTDIR}${BINDIR}/bpfstatsctl"
	install -m 0644 bpfstatsd.conf.5 \
	    "${DESTDIR}${MANDIR}/man5/bpfstatsd.conf.5"
	install -m 0644 bpfstatsd.8 "${DESTDIR}${MANDIR}/man8/bpfstatsd.8"
	install -m 0644 bpfstatsctl.8 \
	    "${DESTDIR}${MANDIR}/man8/bpfstatsctl.8"

# Linux: file capabilities, so that ordinary users can count packets.
install-setcap: install
	setcap ${CAPS}=ep "${DESTDIR}${BINDIR}/bpfstatsd"

install-completions:
	mkdir -p "${DESTDIR}${BASHDIR}" "${DESTDIR}${ZSHDIR}" \
	    "${DESTDIR}${FISHDIR}"
	for name in bpfstatsctl bpfstatsd; do \
		from=dist/completions/$$name; \
		install -m 0644 $$from.bash "${DESTDIR}${BASHDIR}/$$name" && \
		install -m 0644 $$from.zsh "${DESTDIR}${ZSHDIR}/_$$name" && \
		install -m 0644 $$from.fish "${DESTDIR}${FISHDIR}/" || exit; \
	done

# A first rules file, where there is none.
install-conf:
	mkdir -p "${DESTDIR}${SYSCONFDIR}"
	[ -e "${DESTDIR}${SYSCONFDIR}/bpfstatsd.conf" ] || \
	    install -m 0644 dist/bpfstatsd.conf \
	    "${DESTDIR}${SYSCONFDIR}/bpfstatsd.conf"

# The units, with the program's path, and the user that they need.
install-systemd:
	mkdir -p "${DESTDIR}${UNITDIR}" "${DESTDIR}${SYSUSERSDIR}"
	for unit in bpfstatsd.service bpfstatsd@.service; do \
		sed "s|/usr/bin/bpfstatsd|${BINDIR}/bpfstatsd|" \
		    "dist/systemd/$$unit" >"${DESTDIR}${UNITDIR}/$$unit" && \
		    chmod 0644 "${DESTDIR}${UNITDIR}/$$unit" || exit; \
	done
	install -m 0644 dist/sysusers.d/bpfstatsd.conf \
	    "${DESTDIR}${SYSUSERSDIR}/bpfstatsd.conf"

# Everything but the rules file.
uninstall:
	rm -f "${DESTDIR}${BINDIR}/bpfstatsd" "${DESTDIR}${BINDIR}/bpfstatsctl" \
	    "${DESTDIR}${MANDIR}/man5/bpfstatsd.conf.5" \
	    "${DESTDIR}${MANDIR}/man8/bpfstatsd.8" \
	    "${DESTDIR}${MANDIR}/man8/bpfstatsctl.8" \
	    "${DESTDIR}${BASHDIR}/bpfstatsctl" \
	    "${DESTDIR}${BASHDIR}/bpfstatsd" \
	    "${DESTDIR}${FISHDIR}/bpfstatsctl.fish" \
	    "${DESTDIR}${FISHDIR}/bpfstatsd.fish" \
	    "${DESTDIR}${ZSHDIR}/_bpfstatsctl" \
	    "${DESTDIR}${ZSHDIR}/_bpfstatsd" \
	    "${DESTDIR}${UNITDIR}/bpfstatsd.service" \
	    "${DESTDIR}${UNITDIR}/bpfstatsd@.service" \
	    "${DESTDIR}${SYSUSERSDIR}/bpfstatsd.conf"

# The archive of a release, of what is committed.
dist:
	git archive --prefix=bpfstatsd-${VERSION}/ \
	    -o bpfstatsd-${VERSION}.tar.gz HEAD

clean:
	rm -f bpfstatsd bpfstatsctl bpfstatsd-${VERSION}.tar.gz
	find compat src tests/unit -name '*.[do]' -exec rm -f {} +
	${MAKE} -f tests/Makefile clean-tests
	rm -rf build

# Targets of tests/Makefile, where they are explained.
bench bsd check check-asan check-cross check-fuzz check-lint check-long \
check-more check-packages check-valgrind fuzz pictures soak tests:
	${MAKE} -f tests/Makefile $@

.PHONY: all bench bsd check check-asan check-cross check-fuzz check-lint \
	check-long check-more check-packages check-valgrind clean demo dist fuzz install \
	install-completions install-conf install-setcap install-systemd list \
	list-flags objects pictures soak tests uninstall
