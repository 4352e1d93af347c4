package io.diskformat.luks;

import io.diskformat.UnsupportedFeatureException;
import io.diskformat.crypto.SectorCipher;
import io.diskformat.spi.PassingImage;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Inspects the header of a LUKS file that passes by. */
final class LuksInspection {
  private static final int MARK_LENGTH = 6;
  private static final String SECOND_MARK = "SKUL\u00ba\u00be";

  /** The positions that the second header of version 2 can have, in bytes. */
  private static final int FIRST_SECOND = 16 << 10;

  private static final int LAST_SECOND = 4 << 20;
  private static final int OWN_POSITION = 256;

  private static final PassingLuksHeader.Rules RULES =
      new PassingLuksHeader.Rules("luks.unknown-feature", "luks.header");

  private final PassingImage image;
  private boolean found;

  private LuksInspection(PassingImage image) {
    this.image = image;
  }

  static void begin(PassingImage image) {
    LuksInspection inspection = new LuksInspection(image);
    image.read(0, MARK_LENGTH, inspection::mark);
    for (int at = FIRST_SECOND; at <= LAST_SECOND; at *= 2) {
      int position = at;
      image.read(position, MARK_LENGTH, bytes -> inspection.second(position, bytes));
    }
  }

  private void mark(ByteBuffer bytes) {
    if (((long) bytes.getInt(0) << 16 | Short.toUnsignedInt(bytes.getShort(4)))
        == LuksLayout.MAGIC) {
      found();
      image.need(LuksLayout.VERSION, Short.BYTES, "the header", this::version);
    }
  }

  private void found() {
    found = true;
    image.recognized();
    image.encrypted("luks", 0);
  }

  private void version(ByteBuffer bytes) {
    int version = Short.toUnsignedInt(bytes.getShort());
    if (version == 1) {
      image.variant("1");
      image.need(LuksLayout.PAYLOAD, Integer.BYTES, "the header", this::payload);
    } else if (version == 2) {
      image.variant("2");
      image.refuse(
          "luks.unknown-feature",
          LuksLayout.VERSION,
          "its disk cannot be read, as it is of version 2");
    } else {
      image.refuse(
          "luks.unknown-feature", LuksLayout.VERSION, "version " + version + " is not known");
    }
  }

  private void payload(ByteBuffer bytes) {
    long payload = Integer.toUnsignedLong(bytes.getInt()) * LuksLayout.SECTOR;
    image.reaches(payload, "the key slots");
    PassingLuksHeader.look(image, RULES, 0, payload, image.secret(), this::opened);
    image.atEnd(
        1,
        (size, tail) -> {
          if (payload <= size) {
            image.disk(size - payload, LuksLayout.PAYLOAD);
          }
        });
  }

  /** Looks at what the start of the disk decrypts to. */
  private void opened(LuksHeader header, byte[] key) throws UnsupportedFeatureException {
    SectorCipher cipher = header.cipher().keyed(key);
    long payload = header.payload();
    boolean[] seen = {false};
    Consumer<ByteBuffer> start =
        bytes -> {
          byte[] disk = new byte[bytes.remaining() & -SectorCipher.SECTOR];
          bytes.get(disk);
          cipher.decrypt(0, disk, 0, disk.length);
          cipher.wipe();
          seen[0] = true;
          image.holds(ByteBuffer.wrap(disk), payload);
        };
    image.read(payload, PassingImage.MOST_BYTES, start);
    image.atEnd(
        PassingImage.MOST_BYTES,
        (size, tail) -> {
          if (!seen[0] && size > payload) {
            start.accept(tail.slice(tail.limit() - (int) (size - payload), (int) (size - payload)));
          }
          // The image may have ended before.
          cipher.wipe();
        });
  }

  /**
   * Where the first header is gone, the second one is a mark. It records its own position, by which
   * it differs from a header that is content of a disk.
   */
  private void second(long position, ByteBuffer bytes) {
    for (int i = 0; i < MARK_LENGTH; i++) {
      if ((bytes.get(i) & 0xff) != SECOND_MARK.charAt(i)) {
        return;
      }
    }
    image.read(
        position + OWN_POSITION,
        Long.BYTES,
        own -> {
          if (own.getLong() == position && !found) {
            found();
          }
        });
  }
}
