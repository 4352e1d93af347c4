package io.diskformat.table;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.CorruptImageException;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.PagedStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Entries of tables that are mapped, that are not, and that are changed. */
final class MappedTableTest {
  private static final byte[] BYTES = HexFormat.of().parseHex("fffefdfcfbfaf9f80102030405060708");

  private static List<Storage> storages() throws IOException {
    Storage unmapped = new PagedStorage("table");
    unmapped.write(0, MemorySegment.ofArray(BYTES));
    return List.of(MemoryStorage.of("table", BYTES), unmapped);
  }

  /** Returns the tables of a file: not changed, and in pages of which one is held. */
  private static List<MappedTable> tables(Storage storage, Word word) throws IOException {
    List<MappedTable> tables = new ArrayList<>();
    tables.add(table(storage, null));
    tables.add(table(storage, new MetadataPages(storage, word, 0, BYTES.length)));
    MetadataPages held = new MetadataPages(storage, word, 0, BYTES.length);
    held.hold(0, 0);
    tables.add(table(storage, held));
    return tables;
  }

  private static MappedTable table(Storage storage, @Nullable MetadataPages pages) {
    return new MappedTable(storage, pages, "L2 table entry");
  }

  @Test
  void anEntryIsWhatTheFileHasWhereverItComesFrom() throws IOException {
    for (Storage storage : storages()) {
      for (MappedTable table : tables(storage, Word.BIG_ENDIAN_64)) {
        assertEquals(0xfffefdfc_fbfaf9f8L, table.bigEndianLong(0));
        assertEquals(0x01020304_05060708L, table.bigEndianLong(8));
      }
      for (MappedTable table : tables(storage, Word.LITTLE_ENDIAN_64)) {
        assertEquals(0xf8f9fafb_fcfdfeffL, table.littleEndianLong(0));
        assertEquals(0x08070605_04030201L, table.littleEndianLong(8));
      }
      for (MappedTable table : tables(storage, Word.LITTLE_ENDIAN_32)) {
        assertEquals(0xfcfdfeffL, table.littleEndianInt(0));
        assertEquals(0x08070605L, table.littleEndianInt(12));
      }
    }
  }

  @Test
  void anEntryThatWasChangedIsReadAsChanged() throws IOException {
    for (Storage storage : storages()) {
      for (Word word : Word.values()) {
        MetadataPages pages = new MetadataPages(storage, word, 0, BYTES.length);
        MappedTable table = table(storage, pages);
        pages.write(8, 0x80000001L, 0);
        for (int round = 0; round < 2; round++) {
          long entry =
              switch (word) {
                case BIG_ENDIAN_64 -> table.bigEndianLong(8);
                case LITTLE_ENDIAN_64 -> table.littleEndianLong(8);
                case LITTLE_ENDIAN_32 -> table.littleEndianInt(8);
              };
          assertEquals(0x80000001L, entry, word + " in round " + round);
          pages.writeOut(0);
          pages.settle();
        }
      }
    }
  }

  @Test
  void anEntryBeyondTheEndOfTheFileIsACorruptionThatSaysWhere() throws IOException {
    for (Storage storage : storages()) {
      for (long position : new long[] {12, 16, 1L << 55}) {
        MetadataPages pages = new MetadataPages(storage, 512);
        for (MappedTable table : List.of(table(storage, null), table(storage, pages))) {
          CorruptImageException e =
              assertThrows(CorruptImageException.class, () -> table.bigEndianLong(position));
          assertEquals("L2 table entry", e.structure());
          assertEquals(position, e.position());
          assertEquals(
              "table: L2 table entry at offset "
                  + position
                  + ": is beyond the end of the file, which has 16 bytes: was it cut"
                  + " short?",
              e.getMessage());
        }
        MappedTable table = table(storage, null);
        assertThrows(CorruptImageException.class, () -> table.littleEndianLong(position));
        assertThrows(CorruptImageException.class, () -> table.littleEndianInt(position + 2));
      }
    }
  }
}
