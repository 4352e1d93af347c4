package io.diskformat.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** The GUID of an EFI system partition, as the UEFI specification has its bytes. */
final class UuidsTest {
  private static final UUID GUID = UUID.fromString("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
  private static final byte[] BYTES = HexFormat.of().parseHex("28732ac11ff8d211ba4b00a0c93ec93b");

  @Test
  void isReadInAnyOrderOfTheBuffer() {
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      ByteBuffer buffer = ByteBuffer.allocate(20).order(order);
      buffer.put(3, BYTES);
      assertEquals(GUID, Uuids.get(buffer, 3));
      assertEquals(0, buffer.position());
      assertEquals(order, buffer.order());
    }
  }

  @Test
  void isWritten() {
    ByteBuffer buffer = ByteBuffer.allocate(20);
    Uuids.put(buffer, 4, GUID);
    byte[] written = new byte[16];
    buffer.get(4, written);
    assertArrayEquals(BYTES, written);
    assertEquals(0, buffer.getInt(0));
  }
}
