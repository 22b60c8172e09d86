# SPDX-License-Identifier: LGPL-2.1-or-later
# SPDX-FileCopyrightText: asyncq developers

# Completion of asyncqctl for fish. The program says itself what may stand there.

function __asyncqctl_words
    set -l words (commandline --tokenize --cut-at-cursor --current-process) (commandline --current-token)
    timeout 0.2 $words[1] complete -- $words[2..-1] 2>/dev/null
end

complete --command asyncqctl --arguments '(__asyncqctl_words)'
