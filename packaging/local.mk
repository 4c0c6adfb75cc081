# SPDX-License-Identifier: GPL-3.0-or-later
# What is installed beside the program: manual pages and the completion of bash,
# which the program itself writes from its tables, documentation and examples.
manual_pages = kac.1 kac-plugin.7
nodist_man_MANS = $(manual_pages)
kac.1: kac$(EXEEXT)
	$(AM_V_GEN)./kac$(EXEEXT) help --man >$@-t && mv -f $@-t $@
kac-plugin.7: kac$(EXEEXT)
	$(AM_V_GEN)./kac$(EXEEXT) help --man plugin >$@-t && mv -f $@-t $@

# bash looks for the file by the name of the command.
completiondir = $(datadir)/bash-completion/completions
nodist_completion_DATA = completion/kac
completion/kac: kac$(EXEEXT) packaging/completion.bash
	@$(MKDIR_P) completion
	$(AM_V_GEN){ ./kac$(EXEEXT) help --completion && \
	  cat $(srcdir)/packaging/completion.bash; } >$@-t && mv -f $@-t $@
CLEANFILES += $(manual_pages) completion/kac

EXTRA_DIST += packaging/build-deb packaging/completion.bash packaging/copyright

# Whole folders: a new page or example is installed without a line here.
pages_and_examples = cd $(srcdir) && find docs conf -type f ! -name '*.pyc'
install-data-local:
	@for file in `$(pages_and_examples)`; do \
	  $(MKDIR_P) "$(DESTDIR)$(docdir)/$${file%/*}" && \
	  $(INSTALL_DATA) "$(srcdir)/$$file" "$(DESTDIR)$(docdir)/$$file" || \
	    exit 1; \
	done
uninstall-local:
	@for file in `$(pages_and_examples)`; do \
	  rm -f "$(DESTDIR)$(docdir)/$$file"; \
	done
	@for folder in docs conf; do \
	  find "$(DESTDIR)$(docdir)/$$folder" -depth -type d -exec rmdir {} \; \
	    2>/dev/null || :; \
	done
