# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2154 # _kac_commands... come from above
# The fixed part of kac's completion for bash.  The build puts the tables of
# `kac help --completion` in front of it.  Plugins and keys are asked from kac
# itself when they are wanted, so that other people's plugins are among them.

_kac_keys() { # SECTION
  "$kac" info "$1" 2>/dev/null | awk '
    $1 == "name" && $2 == "type" { is_table = 1; next }
    is_table && NF == 0 { exit }
    is_table { print $1 }'
}

_kac_plugins() { # names, and KIND/NAME
  "$kac" list 2>/dev/null | awk 'NR > 1 { print $2; print $1 "/" $2 }'
}

_kac_setting() { # how the PATH=VALUE that begins with $1 may go on
  local name group=${1%.*}
  case $1 in
    *=*) ;;
    *.*)
      for name in $(_kac_keys "${group%%[*}"); do echo "$group.$name="; done
      ;;
    *)
      for name in $(_kac_keys run); do
        case " $_kac_lists | $_kac_sections " in
          *" $name "*\|*) echo "${name}[0]." ;;
          *\|*" $name "*) echo "$name." ;;
          *) echo "$name=" ;;
        esac
      done
      ;;
  esac
}

_kac_value() { # ARGUMENT: the words that may stand for it
  case $1 in
    COMMAND) echo "$_kac_commands" ;;
    KIND) echo "$_kac_kinds" ;;
    NAME) [ "$command" = new ] || { echo "$_kac_sections" && _kac_plugins; } ;;
    PLUGIN) _kac_plugins ;;
    PATH=VALUE) _kac_setting "$word" ;;
    LAW) "$kac" test --list 2>/dev/null | awk '/^[a-z]+ +[a-z.]+  /{ print $1 }' ;;
    OPTION) _kac_options "$command" ;;
    FIRST) echo "$_kac_commands --help --version" ;;
  esac
}

_kac_files() { # ARGUMENT: the files that may stand for it
  case $1 in
    CONFIG | FILE) compgen -f -- "$word" ;;
    NAME | PLUGIN)
      [ "$command" = new ] || {
        compgen -f -X '!*.so' -- "$word"
        compgen -d -- "$word"
      }
      ;;
    DIR) compgen -d -- "$word" ;;
  esac
}

# The command's own words in turn, as `KIND NAME`: what stands before the cursor
# and is neither an option nor its argument is counted.
_kac_own() {
  local i n=0 words before
  read -ra words <<<"$(_kac_word "$command")"
  for ((i = 2; i < COMP_CWORD; i++)); do
    before=$(_kac_argument "$command" "${COMP_WORDS[i - 1]}")
    [ -n "$before" ] || [ "${COMP_WORDS[i]#-}" != "${COMP_WORDS[i]}" ] ||
      n=$((n + 1))
  done
  echo "${words[n]-}"
}

# Which argument the word under the cursor is: that of the option before it
# (`--output DIR`, `--output=DIR`), an option, or the word of the command.
_kac_which() {
  local argument last=${COMP_WORDS[COMP_CWORD - 1]}
  [ "$COMP_CWORD" -gt 1 ] || { echo FIRST && return; }
  [ "$last" != = ] || last=${COMP_WORDS[COMP_CWORD - 2]}
  argument=$(_kac_argument "$command" "$last")
  if [ -n "$argument" ]; then
    echo "$argument"
  elif [ "$word" = "${word#-}" ]; then
    _kac_own
  else
    echo OPTION
  fi
}

_kac() {
  local kac=${COMP_WORDS[0]} command=${COMP_WORDS[1]} argument
  local word=${COMP_WORDS[COMP_CWORD]} IFS=$' \t\n'
  [ "$word" != = ] || word=
  argument=$(_kac_which)
  mapfile -t COMPREPLY < <(_kac_files "$argument")
  if [ ${#COMPREPLY[@]} -gt 0 ]; then
    compopt -o filenames 2>/dev/null
  fi
  mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
    compgen -W "$(_kac_value "$argument")" -- "$word"
  )
  case ${COMPREPLY[0]-} in
    *= | *.) compopt -o nospace 2>/dev/null ;;
  esac
}

complete -F _kac kac
