package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.testing.Oracle;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Substitutions do what Perl does. */
class PerlExpressionTest {
  private static final int EXPRESSIONS = Integer.getInteger("diskformat.expressions", 400);

  private static final String TEXT =
      "ONBOOT=no\nroot:x:0:0:root:/root:/bin/bash\n\n  a & b [c] {d} $e @f #g\n"
          + "path/to/x.y|z\\w\ttab\nümläut 日本\nNAME=Åse\r\nno end";

  @TempDir Path directory;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "s/^ONBOOT=.*/ONBOOT=yes/",
        "s/o/0/g; s/0/O/",
        "s/ROOT/admin/gi",
        "s|/root|/home\\/x|g",
        "s{(\\w+):x}{$1:!}",
        "s(a) (b)g",
        "s,path/to,\\n\\t$&,",
        "s/(o)(t)/\\2${1}/g",
        "s/[[:digit:]]+/N/g",
        "s/[[]c]/x/",
        "s/[&&]/and/",
        "s/[]c]+/x/",
        "s/[^[:alpha:] ]/_/g",
        "s/ü/ue/",
        "s/日/\\$1/",
        "s/x\\.y\\|z\\\\w/!/",
        "s/$/;/",
        "s/^/> /",
        "s/b*/-/g",
        "s/\\s+$//",
        "s/(a)|(b)/[$1$2]/g",
        "s!\\$e \\@f!$&$&!",
        "s/\\d{1,2}/n/g;;",
        "s/\\bno\\b/yes/g",
        "s/NAME=.*/NAME=x/",
        "s/.$/y/"
      })
  void doesWhatPerlDoes(String expression) throws IOException {
    assertSame(List.of(expression));
  }

  /** All at once, as Perl takes a while to start. */
  private void assertSame(List<String> expressions) throws IOException {
    StringBuilder script = new StringBuilder("my @lines = <STDIN>; my $all;\n");
    for (String expression : expressions) {
      script
          .append("$all = ''; foreach my $line (@lines) { local $_ = $line; my $end = chomp; ")
          .append(expression)
          .append("; $all .= $_ . ($end ? \"\\n\" : \"\"); } print unpack('H*', $all), \"\\n\";\n");
    }
    Path file = Files.write(directory.resolve("script"), bytes(script.toString()));
    List<String> results =
        Oracle.of("perl").input(bytes(TEXT)).run(file).orFail().output().lines().toList();
    for (int i = 0; i < expressions.size(); i++) {
      assertArrayEquals(
          HexFormat.of().parseHex(results.get(i)),
          PerlExpression.of(expressions.get(i)).apply(bytes(TEXT)),
          expressions.get(i));
    }
  }

  @Test
  void doesWhatPerlDoesAtRandom() throws IOException {
    Random random = new Random(Seeds.of(PerlExpressionTest.class, 1));
    List<String> expressions = new ArrayList<>();
    while (expressions.size() < EXPRESSIONS) {
      expressions.add(expression(random));
    }
    assertSame(expressions);
  }

  private static String expression(Random random) {
    String[] pieces = {
      "a",
      "o",
      "x",
      "=",
      ":",
      " ",
      "\\w",
      "\\s",
      "\\d",
      "\\.",
      ".",
      "[a-f]",
      "[^a-z]",
      "[[:upper:]]",
      "[[:space:]]",
      "[.[]",
      "[]x]",
      "[&b]",
      "\\/",
      "\\[",
      "\\$",
      "\\@",
      "ü",
      "\\t",
      "\\\\"
    };
    String[] counts = {"", "", "", "*", "+", "?", "{2}", "{1,3}", "*?", "+?"};
    StringBuilder text = new StringBuilder("s/");
    text.append(random.nextInt(6) == 0 ? "^" : "");
    boolean group = random.nextBoolean();
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      String piece = pieces[random.nextInt(pieces.length)];
      String count = piece.equals("ü") ? "" : counts[random.nextInt(counts.length)];
      text.append(group ? "(" : "").append(piece).append(count).append(group ? ")" : "");
      group = false;
    }
    text.append(random.nextInt(6) == 0 ? "$" : "").append('/');
    String[] replacements = {
      "", "y", "$&", "\\n", "\\/", "\\$", "-", "${1}", "\\1", "$1", "\\\\", "ü"
    };
    boolean hasGroup = text.indexOf("(") >= 0;
    for (int n = random.nextInt(4); n > 0; n--) {
      String piece = replacements[random.nextInt(replacements.length)];
      text.append(piece.contains("1") && !hasGroup ? "" : piece);
    }
    return text.append('/')
        .append(random.nextBoolean() ? "g" : "")
        .append(random.nextInt(4) == 0 ? "i" : "")
        .toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ";",
        "y/a/b/",
        "tr/a/b/",
        "$_ = 1",
        "s/a/b",
        "s/a",
        "s/a/b/e",
        "s/a/b/ge",
        "s//b/",
        "s/a/b/ if /c/",
        "s/$x/b/",
        "s/a@b/c/",
        "s/a/$x/",
        "s/a/@x/",
        "s/a/\\U$&/",
        "s/(a/b/",
        "s/a/$1/",
        "s/[a/b/",
        "s a b ",
        "s'a'b'",
        "print",
        "s/[[:none:]]/x/",
        "s/a/b/ s/c/d/"
      })
  void refusesTheRest(String expression) {
    assertThrows(IllegalArgumentException.class, () -> PerlExpression.of(expression));
  }

  @Test
  void keepsBytes() {
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    assertArrayEquals(all, PerlExpression.of("s/none/x/").apply(all));
    assertEquals(0, PerlExpression.of("s/^$/x/").apply(new byte[0]).length);
  }
}
