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

_kac_named() { # SECTION: its plugins in the configs on the command line
  local config kind=${1%s}
  for config in "${COMP_WORDS[@]:2}"; do
    [ -f "$config" ] || continue
    sed -n 's/#.*//; s/plugin *= *"\([a-z0-9_]*\)"/\n@\1\n/gp' "$config" |
      sed -n "s|^@|$kind/|p" | sort -u
  done
}

# Those of the host, and those of the plugins of the section.
_kac_keys_of() { # SECTION
  local plugin
  _kac_keys "$1"
  for plugin in $(_kac_named "$1"); do _kac_keys "$plugin"; done
}

_kac_choices() { # SECTION KEY: what stands as a | b | c in its row
  local name
  if [ "$2" = plugin ]; then
    "$kac" list "${1%s}" 2>/dev/null | awk 'NR > 1 { print $2 }'
    return
  fi
  [ "$command" != test ] || set -- "${COMP_WORDS[2]}" "$2"
  for name in "$1" $(_kac_named "$1"); do
    "$kac" info "$name" 2>/dev/null | awk -v key="$2" '
      $1 == key && match($0, /[a-z0-9_]+( \| [a-z0-9_]+)+/) {
        list = substr($0, RSTART, RLENGTH)
        gsub(/ \| /, "\n", list)
        print list
      }'
  done
}

_kac_setting() { # how the PATH=VALUE that begins with $1 may go on
  local name group=${1%.*}
  case $1 in
    *=*) ;;
    *.*)
      for name in $(_kac_keys_of "${group%%[*}"); do echo "$group.$name="; done
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
    KEY=VALUE) for name in $(_kac_keys "${COMP_WORDS[2]}"); do echo "$name="; done ;;
    VALUE) _kac_choices "${setting%%[.[]*}" "${setting##*.}" | sort -u ;;
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
  [ -z "$setting" ] || { echo VALUE && return; }
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

# PATH of a `--set PATH=VALUE` whose value is under the cursor: bash makes words
# of both and of the =.
_kac_set_now() {
  local at=$COMP_CWORD
  [ "${COMP_WORDS[at]}" = = ] || at=$((at - 1))
  [ "$at" -gt 3 ] && [ "${COMP_WORDS[at]}" = = ] &&
    [ "${COMP_WORDS[at - 2]}" = --set ] && echo "${COMP_WORDS[at - 1]}"
}

_kac() {
  local kac=${COMP_WORDS[0]} command=${COMP_WORDS[1]} argument
  local word=${COMP_WORDS[COMP_CWORD]} name setting IFS=$' \t\n'
  setting=$(_kac_set_now)
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
