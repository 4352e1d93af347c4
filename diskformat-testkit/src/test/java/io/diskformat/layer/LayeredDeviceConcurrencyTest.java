package io.diskformat.layer;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** A disk of two blocks that is read, written, discarded and flushed, in every order there is. */
final class LayeredDeviceConcurrencyTest {

  /** The disk and what is done to it. */
  @Param(name = "block", gen = IntGen.class, conf = "0:1")
  @Param(name = "value", gen = IntGen.class, conf = "1:9")
  public static class Operations {
    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

    private final TinyDisk disk;

    /** Creates an empty disk. */
    public Operations() {
      this(true);
    }

    Operations(boolean announces) {
      disk = TinyDisk.create(announces);
    }

    /** Returns the value of a block, or -1 if its two words are not of the same write. */
    @Operation
    public long read(@Param(name = "block") int block) throws IOException {
      MemorySegment words = MemorySegment.ofArray(new byte[TinyDisk.BLOCK]);
      disk.read((long) block * TinyDisk.BLOCK, words);
      long value = words.get(WORD, 0);
      return value == words.get(WORD, 8) ? value : -1;
    }

    /** Writes a block. */
    @Operation
    public void write(@Param(name = "block") int block, @Param(name = "value") int value)
        throws IOException {
      MemorySegment words = MemorySegment.ofArray(new byte[TinyDisk.BLOCK]);
      words.set(WORD, 0, value);
      words.set(WORD, 8, value);
      try {
        disk.write((long) block * TinyDisk.BLOCK, words);
      } catch (IOException e) {
        // No place is left before the next flush.
        disk.flush();
        disk.write((long) block * TinyDisk.BLOCK, words);
      }
    }

    /** Discards a block. */
    @Operation
    public void discard(@Param(name = "block") int block) throws IOException {
      disk.discard((long) block * TinyDisk.BLOCK, TinyDisk.BLOCK);
    }

    /** Flushes. */
    @Operation
    public void flush() throws IOException {
      disk.flush();
    }
  }

  /** As the others, but readers do not learn that places are used again. */
  @Param(name = "block", gen = IntGen.class, conf = "0:1")
  @Param(name = "value", gen = IntGen.class, conf = "1:9")
  public static final class SilentOperations extends Operations {
    /** Creates an empty disk. */
    public SilentOperations() {
      super(false);
    }
  }

  private static ModelCheckingOptions options() {
    return new ModelCheckingOptions()
        .iterations(5)
        .invocationsPerIteration(200)
        .threads(2)
        .actorsPerThread(3)
        .actorsBefore(2)
        .actorsAfter(1);
  }

  private static Actor actor(String operation, Integer... arguments) {
    Class<?>[] types = new Class<?>[arguments.length];
    Arrays.fill(types, int.class);
    try {
      return new Actor(
          Operations.class.getMethod(operation, types),
          List.of(arguments),
          false,
          false,
          false,
          false,
          false);
    } catch (NoSuchMethodException e) {
      throw new AssertionError(e);
    }
  }

  /** A block is read that nobody writes, while the table moves and its old place is used again. */
  private static ModelCheckingOptions withMovingTable() {
    return options()
        .iterations(0)
        .addCustomScenario(
            new ExecutionScenario(
                List.of(actor("write", 0, 7), actor("flush")),
                List.of(
                    List.of(actor("read", 0)),
                    List.of(actor("flush"), actor("write", 1, 3), actor("flush"))),
                List.of(actor("read", 0)),
                null))
        .invocationsPerIteration(400);
  }

  @Test
  void blocksAreLinearizable() {
    options().check(Operations.class);
    withMovingTable().check(Operations.class);
  }

  @Test
  void aReaderThatIsNotToldIsNoticed() {
    assertThrows(
        LincheckAssertionError.class,
        () -> withMovingTable().minimizeFailedScenario(false).check(SilentOperations.class));
  }
}
