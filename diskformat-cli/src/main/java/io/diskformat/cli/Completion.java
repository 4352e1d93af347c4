package io.diskformat.cli;

import io.diskformat.DiskImages;
import io.diskformat.FormatOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The scripts by which shells complete the tool's command line, made from what the verbs declare.
 * One function serves both shells: zsh runs it through its support of bash's.
 */
final class Completion {
  private static final String SCRIPT =
      """
      _diskformat_values() {
        case "$1" in
      @VALUES@    *) return 1 ;;
        esac
      }

      _diskformat_options() {
        case "$1" in
      @OPTIONS@  esac
      }

      _diskformat() {
        local line=${COMP_LINE:0:$COMP_POINT} verb=${COMP_WORDS[1]} start= words typed word before cut i
        typed=${line##*[[:space:]]}
        word=$typed
        before=${line%"$typed"}
        before=${before%"${before##*[![:space:]]}"}
        before=${before##*[[:space:]]}
        COMPREPLY=()
        [[ $verb != iso || $COMP_CWORD -lt 3 ]] || verb="iso ${COMP_WORDS[2]}"
        if [[ $word == --*=* ]]; then
          before=${word%%=*}
          start=$before=
          word=${word#*=}
        fi
        if [[ $COMP_CWORD -eq 1 ]] || [[ $COMP_CWORD -eq 2 && $verb == help ]]; then
          words="@VERBS@"
        elif [[ $COMP_CWORD -eq 2 && $verb == iso && $word != -* ]]; then
          words="@ISO@"
        elif [[ $before == -* ]] && words=$(_diskformat_values "$verb $before"); then
          # After a comma another option of a format follows.
          if [[ $before == -o || $before == --options ]] && [[ $word == *,* ]]; then
            start=$start${word%,*},
            word=${word##*,}
          fi
        elif [[ $word == -* ]]; then
          words=$(_diskformat_options "$verb")
        elif [[ $verb == completion ]]; then
          words="bash zsh"
        else
          words=FILE
          if [[ $verb == dd && $word == *=* ]]; then
            start=${word%%=*}=
            word=${word#*=}
          fi
        fi
        if [[ $words == FILE ]]; then
          local IFS=$'\\n'
          COMPREPLY=($(compgen -P "$start" -f -- "$word"))
          compopt -o filenames 2> /dev/null
        else
          COMPREPLY=($(compgen -P "$start" -W "$words" -- "$word"))
          [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2> /dev/null
        fi
        # To bash, an = ends a word, and only what follows it is replaced.
        if [[ ${COMP_WORDBREAKS-} == *=* && $typed == *=* ]]; then
          cut=${typed%"${typed##*=}"}
          for i in "${!COMPREPLY[@]}"; do
            COMPREPLY[i]=${COMPREPLY[i]#"$cut"}
          done
        fi
      }

      complete -F _diskformat diskformat
      """;

  private Completion() {}

  /** Returns the script for bash. */
  static String bash(List<Verb> verbs) {
    StringBuilder values = new StringBuilder();
    StringBuilder options = new StringBuilder();
    for (Verb verb : verbs) {
      String name = verb.name();
      List<String> names = new ArrayList<>();
      for (Argument option : Usage.sorted(verb)) {
        names.addAll(option.names());
        if (option.takesValue()) {
          values.append("    ").append(patterns(name, option)).append(") echo \"");
          values.append(values(option.label())).append("\" ;;\n");
        }
      }
      options.append("    \"").append(name).append("\") echo \"");
      options.append(String.join(" ", names)).append("\" ;;\n");
    }
    return SCRIPT
        .replace("@VALUES@", values.toString())
        .replace("@OPTIONS@", options.toString())
        .replace("@ISO@", String.join(" ", IsoVerb.ACTIONS))
        .replace(
            "@VERBS@",
            verbs.stream()
                .map(Verb::name)
                .filter(name -> name.indexOf(' ') < 0)
                .collect(Collectors.joining(" ", "", " help")));
  }

  /** Returns the script for zsh. */
  static String zsh(List<Verb> verbs) {
    return "autoload -U +X bashcompinit && bashcompinit\n" + bash(verbs);
  }

  private static String patterns(String verb, Argument option) {
    List<String> patterns = new ArrayList<>();
    for (String name : option.names()) {
      patterns.add("\"" + verb + " " + name + "\"");
    }
    return String.join(" | ", patterns);
  }

  /** Returns the words that an option's value may be, FILE for a file, or none. */
  private static String values(String label) {
    return switch (label) {
      case "FMT", "BASEFMT" -> String.join(" ", DiskImages.formats());
      case "CACHE" -> String.join(" ", CacheMode.MODES);
      case "POLICY" -> "any same-directory none";
      case "OPTIONS" -> String.join(" ", formatOptions()) + " help";
      case "BASE", "FILE" -> "FILE";
      default -> label.contains("|") ? label.replace('|', ' ') : "";
    };
  }

  private static Set<String> formatOptions() {
    Set<String> words = new TreeSet<>();
    for (List<FormatOption> options : FormatOptions.all().values()) {
      for (FormatOption option : options) {
        words.add(option.name() + "=");
        option.values().forEach(value -> words.add(option.name() + "=" + value));
      }
    }
    return words;
  }
}
