package io.diskformat.table;

import java.io.IOException;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Test;

/** Words of two pages, read and written by several threads at once, in every order there is. */
final class MetadataPagesModelTest {

  /** The pages and what is done to them. */
  @Param(name = "value", gen = IntGen.class, conf = "1:9")
  @Param(name = "word", gen = IntGen.class, conf = "0:2")
  public static final class Operations {
    /** Two words each. */
    private static final int PAGE = 16;

    private final MetadataPages pages = new MetadataPages(new WordStorage(4), PAGE);

    /** Reads a word. */
    @Operation
    public long read(@Param(name = "word") int word) throws IOException {
      return pages.read(8L * word);
    }

    /** Writes a word. */
    @Operation
    public void write(@Param(name = "word") int word, @Param(name = "value") int value)
        throws IOException {
      pages.write(8L * word, value, 1);
    }
  }

  @Test
  void wordsAreLinearizable() {
    new ModelCheckingOptions()
        .iterations(10)
        .invocationsPerIteration(1000)
        .threads(3)
        .actorsPerThread(2)
        .actorsBefore(0)
        .actorsAfter(1)
        .check(Operations.class);
  }
}
