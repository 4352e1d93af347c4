package io.diskformat.iso;

import io.diskformat.ProgressListener;
import io.diskformat.device.StorageDevice;
import io.diskformat.iso.build.AppendedPartition;
import io.diskformat.iso.build.BootEntry;
import io.diskformat.iso.build.DiscAttributes;
import io.diskformat.iso.build.DiscBuilder;
import io.diskformat.iso.build.DiscContent;
import io.diskformat.iso.build.DiscOptions;
import io.diskformat.iso.build.HybridBoot;
import io.diskformat.iso.build.Remaster;
import io.diskformat.storage.MemoryStorage;
import io.diskformat.testing.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is remastered may be made by anybody: nothing in it leads to anything but an exception. */
final class HostileRemasterTest {
  private static final int CASES = Integer.getInteger("diskformat.remasters", 500);
  private static final long SEED = Seeds.of(HostileRemasterTest.class, 1);

  private static byte[] image() throws IOException {
    DiscAttributes attributes = DiscAttributes.of(0644, Instant.EPOCH);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] content = new byte[5000];
    new Random(1).nextBytes(content);
    new DiscBuilder(DiscOptions.defaults().joliet(DiscOptions.Joliet.LONG).level(4).padding(false))
        .addFile("a/b/c", DiscContent.of(content), attributes)
        .addFile("boot", DiscContent.of(content), attributes)
        .addLink("link", "../a/" + "long/".repeat(100), attributes)
        .bootCatalog("boot.cat")
        .boot(BootEntry.bios("boot").infoTable(true).grubInfo(true))
        .boot(BootEntry.uefi("").ofPartition(2))
        .hybrid(
            HybridBoot.isolinux(new byte[432])
                .guidTable(true)
                .append(new AppendedPartition(2, AppendedPartition.UEFI, DiscContent.of(content))))
        .write(Channels.newChannel(out), ProgressListener.NONE);
    return out.toByteArray();
  }

  @Test
  void isRefusedOrRemastered() throws IOException {
    byte[] whole = image();
    Random random = new Random(SEED);
    for (int i = 0; i < CASES; i++) {
      byte[] changed = whole.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        change(changed, random);
      }
      try (Remaster old =
          Remaster.open(new StorageDevice(MemoryStorage.of("hostile", changed), false))) {
        old.builder(old.options()).write(new Discarding(), ProgressListener.NONE);
      } catch (IOException e) {
        // As it should be.
      } catch (RuntimeException | Error e) {
        throw new AssertionError("case " + i + ", " + Seeds.toRepeat(SEED), e);
      }
    }
  }

  /** Changes a byte or a number of what is not content. */
  private static void change(byte[] image, Random random) {
    int[] starts = {440, 512, 1024, 16 * 2048, 17 * 2048, 18 * 2048, 19 * 2048, 20 * 2048};
    int start = starts[random.nextInt(starts.length)];
    int at = start + random.nextInt(start < 20 * 2048 ? 256 : 20 * 2048);
    if (random.nextBoolean()) {
      int[] values = {0, 1, 0x7f, 0x80, 0xff, random.nextInt(256)};
      image[at] = (byte) values[random.nextInt(values.length)];
    } else {
      int[] values = {0, -1, 1, Integer.MAX_VALUE, 16, 20, random.nextInt(60), random.nextInt()};
      ByteBuffer.wrap(image)
          .putInt(at, Integer.reverseBytes(values[random.nextInt(values.length)]));
    }
  }

  private static final class Discarding implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) {
      int length = source.remaining();
      source.position(source.limit());
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {}
  }
}
