package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the shells themselves make of the scripts, and groff of the manual page. */
class CompletionTest {
  /** As bash does it: an equals sign is a word of its own. */
  private static final String BASH =
      """
      COMP_WORDBREAKS=$' \\t\\n\\'"><=;|&(:'
      read -ra COMP_WORDS <<< "$(sed 's/=/ = /g' <<< "$COMP_LINE")"
      [[ $COMP_LINE != *[\\ =] ]] || COMP_WORDS+=("")
      COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
      COMP_POINT=${#COMP_LINE}
      _diskformat
      printf '%s\\n' "${COMPREPLY[@]}"
      """;

  /** As zsh's bashcompinit does it, which then leaves out what does not begin as typed. */
  private static final String ZSH =
      """
      complete_as_bash() {
        emulate -L sh
        local word
        setopt kshglob noshglob braceexpand nounset
        COMP_WORDS=(${=COMP_LINE})
        if [[ $COMP_LINE == *\\  ]]; then COMP_WORDS+=(""); fi
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        COMP_POINT=${#COMP_LINE}
        _diskformat
        for word in "${COMPREPLY[@]}"; do
          [[ $word != "${COMP_LINE##* }"* ]] || print -r -- $word
        done
      }
      complete_as_bash
      """;

  @TempDir Path directory;

  private TreeSet<String> complete(String shell, String line) throws IOException {
    String script = Cli.run("completion", shell).orFail().output();
    boolean isBash = shell.equals("bash");
    String before = isBash ? "" : "compdef() { : }\ncompopt() { : }\n";
    // Only an interactive shell has the builtin.
    String harness =
        before
            + script
            + "cd "
            + directory
            + "\nCOMP_LINE='"
            + line
            + "'\n"
            + (isBash ? BASH : ZSH);
    Oracle.Result result =
        Oracle.of(shell).input(harness.getBytes(StandardCharsets.UTF_8)).run().orFail();
    assertEquals("", result.error());
    TreeSet<String> words = new TreeSet<>(Arrays.asList(result.output().split("\n")));
    words.remove("");
    return words;
  }

  @ParameterizedTest
  @CsvSource({
    "'diskformat con', convert",
    "'diskformat help comm', commit",
    "'diskformat info --out', --output",
    "'diskformat info --output ', human json",
    "'diskformat create -f q', qcow2",
    "'diskformat create -q --format v', vdi vmdk",
    "'diskformat create -o lazy', lazy_refcounts= lazy_refcounts=on lazy_refcounts=off",
    "'diskformat convert -U to', top.qcow2 touch.raw",
    "'diskformat convert -B ba', base.raw",
    "'diskformat convert --references s', same-directory",
    "'diskformat check -r ', leaks all",
    "'diskformat check -T dir', directsync",
    "'diskformat completion ', bash zsh",
    "'diskformat compact --prog', --progress",
    "'diskformat iso l', ls",
    "'diskformat iso ls --tree j', joliet",
    "'diskformat iso cat b', base.raw 'b c.raw'",
    "'diskformat info -f raw b', base.raw 'b c.raw'",
  })
  void completesWords(String line, String expected) throws IOException {
    makeFiles();
    for (String shell : List.of("bash", "zsh")) {
      TreeSet<String> words = new TreeSet<>();
      for (String word : expected.replace("'b c.raw'", "b_c.raw").split(" ")) {
        words.add(word.replace("b_c.raw", "b c.raw"));
      }
      assertEquals(words, complete(shell, line), shell);
    }
  }

  /** Of what has an equals sign in it, bash replaces the rest only. */
  @ParameterizedTest
  @CsvSource({
    "'diskformat info --output=', human json, --output=human --output=json",
    "'diskformat info --output=j', json, --output=json",
    "'diskformat create -o compat=v', v2 v3, compat=v2 compat=v3",
    "'diskformat create --options=compat=v', v2 v3, --options=compat=v2 --options=compat=v3",
    "'diskformat create -o size=1,data_file_', '1,data_file_raw= 1,data_file_raw=off"
        + " 1,data_file_raw=on', 'size=1,data_file_raw= size=1,data_file_raw=off"
        + " size=1,data_file_raw=on'",
    "'diskformat dd bs=1M if=ba', base.raw, if=base.raw"
  })
  void completesBehindAnEqualsSign(String line, String inBash, String inZsh) throws IOException {
    makeFiles();
    assertEquals(new TreeSet<>(List.of(inBash.split(" "))), complete("bash", line));
    assertEquals(new TreeSet<>(List.of(inZsh.split(" "))), complete("zsh", line));
  }

  private void makeFiles() throws IOException {
    for (String name : List.of("top.qcow2", "touch.raw", "base.raw", "b c.raw")) {
      Files.createFile(directory.resolve(name));
    }
  }

  @Test
  void everyOptionOfEveryVerbIsCompleted() throws IOException {
    TreeSet<String> verbs = complete("bash", "diskformat ");
    TreeSet<String> expected = new TreeSet<>(Verbs.summaries().keySet());
    expected.add("help");
    assertEquals(expected, verbs);
    for (String verb : Verbs.summaries().keySet()) {
      TreeSet<String> names = new TreeSet<>();
      Verbs.named(verb).options().forEach(option -> names.addAll(option.names()));
      assertEquals(names, complete("bash", "diskformat " + verb + " -"), verb);
    }
    for (String action : IsoVerb.ACTIONS) {
      TreeSet<String> names = new TreeSet<>();
      Verbs.named("iso " + action).options().forEach(option -> names.addAll(option.names()));
      assertEquals(names, complete("bash", "diskformat iso " + action + " -"), action);
    }
  }

  @Test
  void refusesOtherShells() {
    assertTrue(Cli.run("completion", "tcsh").message(1).contains("\"tcsh\""));
    Cli.run("completion").message(1);
    Cli.run("man", "convert").message(1);
  }

  @Test
  void theManualPageIsWellFormedAndComplete() throws IOException {
    Path page = Files.writeString(directory.resolve("d.1"), Cli.run("man").orFail().output());
    Oracle.Result result =
        Oracle.of("groff").run("-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=78n", page).orFail();
    assertEquals("", result.error());
    String text = result.output().replaceAll("\\s+", " ");
    for (String name : Verbs.summaries().keySet()) {
      Verb verb = Verbs.named(name);
      assertTrue(text.contains(" diskformat " + name + " "), name);
      verb.options().forEach(option -> assertTrue(text.contains(Usage.names(option).strip())));
    }
    FormatOptions.all()
        .forEach((format, options) ->
            options.forEach(option -> assertTrue(text.contains(option.toString()), format)));
  }
}
