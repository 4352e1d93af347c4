package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles the Java examples of the README. */
final class ReadmeTest {
  private static final Pattern EXAMPLE = Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path classes;

  @Test
  void examplesCompile() throws IOException {
    String readme = Files.readString(Path.of("..", "README.md"));
    List<JavaFileObject> sources = new ArrayList<>();
    for (Matcher matcher = EXAMPLE.matcher(readme); matcher.find(); ) {
      sources.add(source("Example" + sources.size(), matcher.group(1)));
    }
    assertTrue(sources.size() >= 8, "only " + sources.size() + " examples");
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
        import io.diskformat.inspect.*;
        import io.diskformat.iso.build.*;
        import io.diskformat.transfer.*;
        import java.io.*;
        import java.nio.channels.*;
        import java.nio.file.*;
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
