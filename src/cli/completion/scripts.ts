import type { CommandSpec } from './command-spec.ts';

/**
 * One case per command, shared by both shells: it sets what can follow. Names of containers, images, networks and
 * volumes are asked of gantry at the moment of the key press.
 */
const lookup = (specs: readonly CommandSpec[]): string => `_gantry_spec() {
  subcommands= flags= value_flags= kind=none
  case "$1" in
${specs.map(specCase).join('\n')}
  esac
}

_gantry_names() {
  case "$1" in
    container) gantry ps -a --format '{{.Names}}' ;;
    running) gantry ps --format '{{.Names}}' ;;
    image) gantry images --format '{{.Repository}}:{{.Tag}}' | grep -v '<none>' ;;
    network) gantry network ls --format '{{.Name}}' ;;
    volume) gantry volume ls -q ;;
  esac 2>/dev/null
}

# Sets walked (the command so far) and args (how many arguments it has) from the words before the cursor.
_gantry_walk() {
  walked= args=0
  local word skip=
  _gantry_spec ''
  for word in "$@"; do
    if [ -n "$skip" ]; then skip=; continue; fi
    case "$word" in
      -*) case " $value_flags " in *" $word "*) skip=1 ;; esac ;;
      *)
        case " $subcommands " in
          *" $word "*) walked="\${walked:+$walked }$word"; _gantry_spec "$walked" ;;
          *) args=$((args + 1)) ;;
        esac ;;
    esac
  done
  wants_value=$skip
}`;

const specCase = ({ path, subcommands, flags, valueFlags, completes }: CommandSpec): string =>
  `    '${path}') subcommands='${subcommands.join(' ')}' flags='${flags.join(' ')}' value_flags='${valueFlags.join(' ')}' kind=${completes} ;;`;

export const bashScript = (specs: readonly CommandSpec[]): string => `# bash completion for gantry
# Load it with:  source <(gantry completion bash)
${lookup(specs)}

_gantry() {
  local cur subcommands flags value_flags kind walked args wants_value line
  # Colons are part of our words (image:tag), whatever COMP_WORDBREAKS says.
  line=\${COMP_LINE:0:COMP_POINT}
  cur=\${line##*[[:space:]]}
  local before=\${line%"$cur"} words
  read -ra words <<<"$before"
  _gantry_walk "\${words[@]:1}"
  COMPREPLY=()
  if [ -n "$wants_value" ]; then
    COMPREPLY=($(compgen -f -- "$cur"))
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [ -n "$subcommands" ]; then
    COMPREPLY=($(compgen -W "$subcommands" -- "$cur"))
  elif [ "$kind" = file ] || [ "$kind" = none ]; then
    COMPREPLY=($(compgen -f -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$(_gantry_names "$kind")" -- "$cur"))
  fi
  # bash replaces only what stands behind the last colon.
  if [[ $cur == *:* && $COMP_WORDBREAKS == *:* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${cur%:*}:"}")
  fi
}
complete -o bashdefault -o default -F _gantry gantry
`;

export const zshScript = (specs: readonly CommandSpec[]): string => `#compdef gantry
# zsh completion for gantry
# Load it with:  source <(gantry completion zsh)
${lookup(specs)}

_gantry() {
  local cur subcommands flags value_flags kind walked args wants_value
  cur=\${words[CURRENT]}
  _gantry_walk "\${(@)words[2,CURRENT-1]}"
  if [ -n "$wants_value" ]; then
    _files
  elif [ "\${cur#-}" != "$cur" ]; then
    compadd -- \${=flags}
  elif [ -n "$subcommands" ]; then
    compadd -- \${=subcommands}
  elif [ "$kind" = file ] || [ "$kind" = none ]; then
    _files
  else
    compadd -- \${(f)"$(_gantry_names "$kind")"}
  fi
}
compdef _gantry gantry
`;
