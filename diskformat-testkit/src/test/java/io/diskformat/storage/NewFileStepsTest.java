package io.diskformat.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.OpenOptions;
import io.diskformat.testing.HookedFiles;
import io.diskformat.testing.RandomContent;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each step by which an image is made fails in turn, or is interrupted: then the image is there,
 * whole, or the call failed and the directory is as it was.
 */
final class NewFileStepsTest {
  private static final int SIZE = 64 << 10;
  private static final byte[] OLD = RandomContent.of(1, 0, 3000);
  private static final byte[] CONTENT = RandomContent.of(2, 0, SIZE);
  private static final CreateOptions RAW = CreateOptions.format("raw").size(SIZE);

  @TempDir Path directory;
  @TempDir Path sources;

  private final HookedFiles files = new HookedFiles();
  private final List<String> done = Collections.synchronizedList(new ArrayList<>());
  private Path source;
  private Path target;

  @BeforeEach
  void prepare() throws IOException {
    source = Files.write(sources.resolve("source.raw"), CONTENT);
    target = directory.resolve("new.img");
  }

  @AfterEach
  void clearFlag() {
    Thread.interrupted();
  }

  /** What is done, over a file that is there or not. */
  private enum Deed {
    CREATE(false, false, false),
    CREATE_OVER(true, false, false),
    CREATE_IN_PLACE(true, false, true),
    CONVERT(false, true, false),
    CONVERT_OVER(true, true, false),
    CONVERT_IN_PLACE(true, true, true);

    final boolean over;
    final boolean converts;
    final boolean inPlace;

    Deed(boolean over, boolean converts, boolean inPlace) {
      this.over = over;
      this.converts = converts;
      this.inPlace = inPlace;
    }

    /** The directory cannot be written where a file is to be rewritten in place. */
    void check(String operation) throws IOException {
      if (inPlace && operation.equals("access[WRITE] .")) {
        throw new AccessDeniedException("the directory");
      }
    }

    byte[] result() {
      return converts ? CONTENT : new byte[SIZE];
    }
  }

  private void run(Deed deed) throws IOException {
    CreateOptions options = deed.over ? RAW.replaceExisting() : RAW;
    Path path = files.path(target);
    if (!deed.converts) {
      DiskImages.create(path, options);
      return;
    }
    try (DiskImage disk = DiskImages.open(source, OpenOptions.readOnly().format("raw"))) {
      Conversion.from(disk).to(path, options).workers(1).run();
    }
  }

  /** Names, contents, and what tells files apart. */
  private Map<String, List<Object>> state() throws IOException {
    Map<String, List<Object>> state = new TreeMap<>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.toList()) {
        Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        List<Object> content =
            List.of(java.util.Arrays.hashCode(Files.readAllBytes(file)), String.valueOf(key));
        state.put(file.getFileName().toString(), content);
      }
    }
    return state;
  }

  /** What tells files apart, whatever is in them. */
  private static List<Object> identity(Map<String, List<Object>> state) {
    return state.values().stream().map(List::getLast).toList();
  }

  private void begin(Deed deed) throws IOException {
    files.hook((operation, isDone) -> deed.check(operation));
    Files.deleteIfExists(target);
    if (deed.over) {
      Files.write(target, OLD);
    }
    done.clear();
  }

  /**
   * Whether this is a step of the deed. Where making durable was interrupted, another thread closes
   * the file whenever it comes to that, perhaps in the midst of the next deed.
   */
  private static boolean isStep(boolean isDone) {
    return !isDone && !Thread.currentThread().getName().equals("freeing-space");
  }

  private void record(String operation) {
    done.add(operation.replaceAll("\\.new\\.img\\.[0-9a-f]*\\.partial", "partial"));
  }

  /** Returns how many operations there are if none fails. */
  private int operations(Deed deed) throws IOException {
    begin(deed);
    files.hook((operation, isDone) -> {
      deed.check(operation);
      if (isStep(isDone)) {
        record(operation);
      }
    });
    run(deed);
    assertArrayEquals(deed.result(), Files.readAllBytes(target));
    return done.size();
  }

  private void assertAllOrNothing(
      Deed deed, Map<String, List<Object>> before, @Nullable Throwable failure, String at)
      throws IOException {
    String where = at + ": " + failure + " after " + done;
    if (failure == null) {
      if (state().size() > 1) {
        // The old file's second name, which could not be taken away, is for the next one to sweep.
        assertTrue(deed.over && done.getLast().matches("delete partial|close .*"), where);
        files.hook((operation, isDone) -> {});
        run(deed);
      }
      assertEquals(List.of("new.img"), List.copyOf(state().keySet()), where);
      assertArrayEquals(deed.result(), Files.readAllBytes(target), where);
    } else {
      boolean emptied = deed.inPlace && Files.size(target) == 0;
      if (emptied) {
        assertEquals(identity(before), identity(state()), where);
      } else {
        assertEquals(before, state(), where);
      }
      assertFalse(String.valueOf(failure.getMessage()).contains(".partial"), where);
    }
  }

  @Test
  void everythingIsDurableBeforeItIsSeenAndItsNameAfterwards() throws IOException {
    for (Deed deed : Deed.values()) {
      int ignored = operations(deed);
      List<String> order =
          done.stream()
              .filter(each -> each.matches("(write|force|move|link) .*"))
              .distinct()
              .collect(Collectors.toList());
      List<String> expected =
          deed.inPlace
              ? List.of("force new.img")
              : deed.over
                  ? List.of("force partial", "link partial", "move new.img", "force .")
                  : List.of("force partial", "link new.img", "force .");
      order.removeIf(each -> each.startsWith("write"));
      assertEquals(expected, order, deed + ": " + done);
      String file = deed.inPlace ? "new.img" : "partial";
      assertTrue(done.lastIndexOf("write " + file) < done.indexOf("force " + file), "" + done);
      long forces = done.stream().filter(each -> each.startsWith("force")).count();
      assertEquals(deed.inPlace ? 1 : 2, forces, done.toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachStepMayFail(Deed deed) throws IOException {
    int count = operations(deed);
    assertTrue(count > 20, done.toString());
    int failures = 0;
    assertEquals(deed.inPlace, !done.contains("make partial"), done.toString());
    // One that fails before it is done, and one of which it is only said that it failed.
    for (int i = 0; i < 2 * count; i++) {
      begin(deed);
      Map<String, List<Object>> before = state();
      int failing = i / 2;
      boolean after = i % 2 == 1;
      int[] at = {0};
      files.hook((operation, isDone) -> {
        deed.check(operation);
        if (isStep(isDone)) {
          at[0]++;
          record(operation);
        }
        if (at[0] == failing + 1 && isDone == after) {
          at[0]++;
          throw new IOException("fails on purpose: " + operation.split(" ")[0]);
        }
      });
      Throwable failure = null;
      try {
        run(deed);
      } catch (IOException e) {
        failure = e;
        failures++;
      }
      assertAllOrNothing(deed, before, failure, "step " + failing + (after ? " (done)" : ""));
    }
    assertTrue(failures > count / 2, failures + " of " + 2 * count);
  }

  @ParameterizedTest
  @EnumSource
  void anInterruptMayComeAtEachStep(Deed deed) throws IOException {
    int count = operations(deed);
    String naming = deed.inPlace ? "force new.img" : deed.over ? "move new.img" : "link new.img";
    int named = done.indexOf(naming);
    assertNotEquals(-1, named);
    // An interrupt in the midst of making it durable still ends it.
    int tooLate = deed.inPlace ? named + 1 : named;
    for (int i = 0; i < count; i++) {
      begin(deed);
      Map<String, List<Object>> before = state();
      Thread caller = Thread.currentThread();
      int interrupted = i;
      int[] at = {0};
      files.hook((operation, isDone) -> {
        deed.check(operation);
        if (isStep(isDone)) {
          if (at[0]++ == interrupted) {
            caller.interrupt();
          }
          record(operation);
        }
      });
      Throwable failure = null;
      try {
        run(deed);
      } catch (IOException e) {
        failure = e;
      }
      assertTrue(Thread.interrupted(), "the flag is lost, at step " + i + " of " + done);
      assertAllOrNothing(deed, before, failure, "step " + i);
      assertTrue(i < tooLate || failure == null, "step " + i + " of " + done + ": " + failure);
    }
  }

  /** The directory, when the file has its name already; or the file that is rewritten in place. */
  @ParameterizedTest
  @EnumSource
  void whatCannotBeMadeDurableIsTakenBack(Deed deed) throws IOException {
    begin(deed);
    Map<String, List<Object>> before = state();
    files.hook((operation, isDone) -> {
      deed.check(operation);
      record(operation);
      if (operation.equals(deed.inPlace ? "force new.img" : "force .")) {
        assertArrayEquals(deed.result(), Files.readAllBytes(target));
        throw new IOException("Input/output error");
      }
    });
    Throwable failure = null;
    try {
      run(deed);
    } catch (IOException e) {
      failure = e;
    }
    assertEquals(
        target + ": cannot be made durable: Input/output error",
        failure == null ? "" : failure.getMessage());
    assertAllOrNothing(deed, before, failure, "sync");
  }

  /** Others may see a file once it has its name, so from then on a flush takes effect. */
  @Test
  void aFlushOnceItIsSeenMakesDurable() throws IOException {
    files.hook((operation, isDone) -> record(operation));
    try (NewFile file = NewFile.beside(files.path(target), false)) {
      file.storage().write(0, MemorySegment.ofArray(new byte[] {1}));
      file.storage().flush();
      assertFalse(done.contains("force partial"), done.toString());
      file.commit();
      done.clear();
      file.storage().flush();
      assertTrue(done.contains("force partial"), done.toString());
    }
  }

  /** The names of files that belong together are given together, the last one last. */
  @Test
  void filesThatBelongTogetherAreThereTogetherOrNotAtAll() throws IOException {
    Path first = directory.resolve("data.img");
    Files.write(first, OLD);
    Map<String, List<Object>> before = state();
    List<String> failing = List.of("force partial", "link new.img", "force .", "");
    for (String fault : failing) {
      done.clear();
      files.hook((operation, isDone) -> {
        if (isDone) {
          return;
        }
        record(operation.replace("data.img", "new.img"));
        // The second file's: what is done to the first has succeeded by then.
        int which = fault.startsWith("link") ? 1 : 2;
        if (done.getLast().equals(fault) && count(fault) == which) {
          throw new IOException("fails on purpose");
        }
      });
      IOException failure = null;
      try (NewFile data = NewFile.beside(files.path(first), true);
          NewFile image = NewFile.beside(files.path(target), false)) {
        data.storage().write(0, MemorySegment.ofArray(CONTENT));
        image.storage().write(0, MemorySegment.ofArray(CONTENT));
        NewFile.commit(List.of(data, image));
      } catch (IOException e) {
        failure = e;
      }
      if (fault.isEmpty()) {
        assertEquals(null, failure);
        assertEquals(List.of("data.img", "new.img"), List.copyOf(state().keySet()));
        assertArrayEquals(CONTENT, Files.readAllBytes(first));
        assertArrayEquals(CONTENT, Files.readAllBytes(target));
        assertTrue(done.lastIndexOf("move new.img") < done.lastIndexOf("link new.img"));
      } else {
        assertTrue(failure != null && failure.getMessage().endsWith("fails on purpose"), fault);
        assertEquals(before, state(), fault + ": " + done);
      }
    }
  }

  /** Somebody else's file, which took the name as soon as we had it, is not taken away. */
  @Test
  void whatSomebodyElsePutThereMeanwhileStays() throws IOException {
    for (boolean replace : new boolean[] {false, true}) {
      begin(replace ? Deed.CREATE_OVER : Deed.CREATE);
      files.hook((operation, isDone) -> {
        if (!isDone && operation.equals("force .")) {
          Path other = Files.write(sources.resolve("other"), CONTENT);
          Files.move(other, target, StandardCopyOption.REPLACE_EXISTING);
          throw new IOException("fails on purpose");
        }
      });
      CreateOptions options = replace ? RAW.replaceExisting() : RAW;
      assertThrows(IOException.class, () -> DiskImages.create(files.path(target), options));
      assertArrayEquals(CONTENT, Files.readAllBytes(target));
      assertEquals(List.of("new.img"), List.copyOf(state().keySet()));
    }
  }

  private long count(String operation) {
    return done.stream().filter(operation::equals).count();
  }
}
