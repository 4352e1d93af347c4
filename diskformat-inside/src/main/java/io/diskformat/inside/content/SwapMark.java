package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Swap space, or the memory of a suspended system. The mark is at the end of the first page, of 4
 * to 64 KiB; numbers have either byte order.
 *
 * <pre>
 * 400  version 1, 32 bits     40C  UUID
 * 404  last page, 32 bits     41C  label, 16 bytes
 * </pre>
 */
final class SwapMark implements Mark {
  private static final int MARK = 10;
  private static final int FIRST_PAGE = 4096;
  private static final int LAST_PAGE = 65536;
  private static final List<String> ASLEEP =
      List.of("S1SUSPEND", "S2SUSPEND", "ULSUSPEND", "TuxOnIce", "LINHIB0001");

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    for (int page = FIRST_PAGE; page <= LAST_PAGE && page <= volume.size(); page *= 2) {
      ByteBuffer bytes = volume.read(0, page, "first page of swap");
      String mark = Texts.untilZero(bytes, page - MARK, MARK);
      boolean asleep = ASLEEP.stream().anyMatch(mark::startsWith);
      if (asleep || (mark.equals("SWAPSPACE2") && isVersion1(bytes))) {
        long last = Integer.toUnsignedLong(bytes.getInt(0x404)) + 1;
        return Optional.of(
            new Content(
                asleep ? "swsuspend" : "swap",
                Texts.untilZero(bytes, 0x41C, 16),
                Texts.uuid(bytes, 0x40C),
                asleep ? OptionalLong.empty() : OptionalLong.of(last * page),
                OptionalLong.empty()));
      }
    }
    return Optional.empty();
  }

  private static boolean isVersion1(ByteBuffer bytes) {
    if (bytes.getInt(0x400) != 1) {
      bytes.order(ByteOrder.BIG_ENDIAN);
    }
    return bytes.getInt(0x400) == 1 && bytes.getInt(0x404) != 0;
  }
}
