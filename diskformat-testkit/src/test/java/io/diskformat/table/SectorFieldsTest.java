package io.diskformat.table;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.diskformat.testing.FaultyStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.BufferOverflowException;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

/** Fields of a header change at once, and nothing else does. */
final class SectorFieldsTest {
  private static FaultyStorage storage(int size) throws IOException {
    FaultyStorage storage = FaultyStorage.inMemory("header");
    storage.write(0, MemorySegment.ofArray(new byte[size]).fill((byte) 9));
    return storage;
  }

  private static byte[] bytes(FaultyStorage storage, int position, int length) throws IOException {
    byte[] bytes = new byte[length];
    storage.read(position, MemorySegment.ofArray(bytes));
    return bytes;
  }

  @Test
  void adjacentFieldsAreOneWrite() throws IOException {
    FaultyStorage storage = storage(1024);
    int before = storage.operations();
    new SectorFields(storage, ByteOrder.BIG_ENDIAN)
        .write(8, 6, fields -> fields.putInt(1).putShort((short) 2));
    assertEquals(before + 1, storage.operations());
    assertArrayEquals(new byte[] {9, 0, 0, 0, 1, 0, 2, 9}, bytes(storage, 7, 8));
  }

  @Test
  void fieldsThatAreApartAreOneWriteAsWell() throws IOException {
    FaultyStorage storage = storage(400);
    int before = storage.operations();
    new SectorFields(storage, ByteOrder.LITTLE_ENDIAN)
        .patch(fields -> fields.putInt(0, 1).putInt(8, 2));
    assertEquals(before + 1, storage.operations());
    assertArrayEquals(new byte[] {1, 0, 0, 0, 9, 9, 9, 9, 2, 0, 0, 0, 9}, bytes(storage, 0, 13));
    assertEquals(400, storage.size());
  }

  @Test
  void nothingReachesIntoAnotherSectorOrField() throws IOException {
    SectorFields sector = new SectorFields(storage(1024), ByteOrder.LITTLE_ENDIAN);
    assertThrows(
        IllegalArgumentException.class, () -> sector.write(508, 8, fields -> fields.putLong(1)));
    assertThrows(
        BufferOverflowException.class, () -> sector.write(0, 4, fields -> fields.putLong(1)));
  }
}
