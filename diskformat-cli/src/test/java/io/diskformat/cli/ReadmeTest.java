package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Oracle;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Compiles the Java examples of the README and of what it leaves to docs/library.md, and runs those
 * of which {@link ReadmeExamples} knows what they need.
 */
final class ReadmeTest {
  private static final Pattern EXAMPLE = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

  /** What a person types, and no test can. */
  private static final Pattern TYPED =
      Pattern.compile("System\\.console\\(\\)\\.readPassword\\(\"(.*?)\"\\)");

  @TempDir private Path classes;

  @TempDir private Path directory;

  @Test
  void examplesCompileAndRun() throws IOException {
    String readme =
        Files.readString(Path.of("..", "README.md"))
            + Files.readString(Path.of("..", "docs", "library.md"));
    List<JavaFileObject> sources = new ArrayList<>();
    List<Object> known = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    Set<String> marks = new TreeSet<>(ReadmeExamples.marks());
    for (Matcher matcher = EXAMPLE.matcher(readme); matcher.find(); ) {
      String name = "Example" + sources.size();
      String statements = matcher.group(1);
      sources.add(source(name, alone(statements)));
      for (String mark : ReadmeExamples.marks()) {
        if (statements.contains(mark) && marks.remove(mark)) {
          known.addAll(List.of(name, mark));
          expected.add(name);
          break;
        }
      }
    }
    assertEquals(Set.of(), marks, "no example has these marks");
    compile(sources);
    List<Object> command =
        new ArrayList<>(
            List.of(
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                absoluteClassPath() + File.pathSeparator + classes,
                "io.diskformat.cli.ReadmeExamples"));
    command.addAll(known);
    Oracle.Result result =
        Oracle.java().in(directory).timeout(Duration.ofMinutes(5)).run(command.toArray()).orFail();
    assertEquals(expected, result.output().lines().toList(), result.error());
  }

  /** Returns what needs nobody who types, and no port that somebody else may have. */
  private static String alone(String statements) {
    return TYPED
        .matcher(statements)
        .replaceAll("\"$1\".toCharArray()")
        .replace("(\"localhost\", 9292)", "(\"localhost\", 0)");
  }

  /** The examples run in another directory than the tests. */
  private static String absoluteClassPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private void compile(List<JavaFileObject> sources) {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter messages = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none", "-cp", System.getProperty("java.class.path"), "-d", classes.toString());
    boolean compiled = compiler.getTask(messages, null, null, options, null, sources).call();
    assertEquals("", messages.toString());
    assertTrue(compiled);
  }

  private static JavaFileObject source(String name, String statements) {
    String text =
        """
        import io.diskformat.*;
        import io.diskformat.channel.*;
        import io.diskformat.filesystem.*;
        import io.diskformat.inside.*;
        import io.diskformat.inspect.*;
        import io.diskformat.imageservice.*;
        import io.diskformat.imageservice.file.*;
        import io.diskformat.imageservice.http.*;
        import io.diskformat.imageservice.identity.*;
        import io.diskformat.iso.build.*;
        import io.diskformat.picture.*;
        import io.diskformat.transfer.*;
        import java.io.*;
        import java.net.*;
        import java.nio.channels.*;
        import java.nio.file.*;
        import java.nio.file.attribute.*;
        import java.time.*;
        import java.util.*;

        final class %s {
          void run(Path path, Path otherPath) throws IOException {
            %s
          }
        }
        """
            .formatted(name, statements);
    return new SimpleJavaFileObject(
        URI.create("string:///" + name + ".java"), JavaFileObject.Kind.SOURCE) {
      @Override
      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
        return text;
      }
    };
  }
}
