package io.diskformat.inside.content;

import io.diskformat.filesystem.DeviceBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** The first sector of what BitLocker has encrypted, which looks like one of NTFS or FAT. */
final class BitLockerMark implements Mark {
  private static final byte[] TO_GO = HexFormat.of().parseHex("3bd66749292ed84a8399f6a339e3d001");

  @Override
  public Optional<Content> find(DeviceBytes volume) throws IOException {
    if (volume.size() < 512) {
      return Optional.empty();
    }
    ByteBuffer bytes = volume.read(0, 512, "first sector");
    byte[] guid = new byte[TO_GO.length];
    bytes.get(424, guid);
    String maker = Texts.untilZero(bytes, 3, 8);
    return maker.equals("-FVE-FS-") || (maker.equals("MSWIN4.1") && Arrays.equals(guid, TO_GO))
        ? Optional.of(Content.member("BitLocker", "", ""))
        : Optional.empty();
  }
}
