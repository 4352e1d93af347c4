package io.diskformat.luks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.DiskFormatException;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.PassphraseException;
import io.diskformat.SecretSupplier;
import io.diskformat.storage.Storage;
import io.diskformat.testing.CrashImages;
import io.diskformat.testing.EncryptedImage;
import io.diskformat.testing.FaultyStorage;
import io.diskformat.testing.FormatUnderTest;
import io.diskformat.testing.NamedStorage;
import io.diskformat.testing.PagedStorage;
import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Passphrases are added and removed, beside qemu-img, and whatever fails on the way. */
final class KeySlotsTest {
  private static final int SIZE = 1 << 20;
  private static final Duration SHORT = Duration.ofMillis(1);

  @TempDir Path directory;

  private EncryptedImage image(String passphrase) {
    return new EncryptedImage(directory.resolve("x.luks"), "luks", passphrase);
  }

  private static SecretSupplier secret(String text) {
    return SecretSupplier.of(text.toCharArray());
  }

  private ImageMaintenance maintain(String passphrase) throws IOException {
    EncryptedImage image = image(passphrase);
    return DiskImages.maintain(image.file(), image.options(true));
  }

  private boolean opens(String passphrase) throws IOException {
    EncryptedImage image = image(passphrase);
    try (DiskImage _ = DiskImages.open(image.file(), image.options(false))) {
      return true;
    } catch (PassphraseException e) {
      assertEquals(PassphraseException.Reason.WRONG, e.reason());
      return false;
    }
  }

  @Test
  void eightPassphrasesAreAddedAndRemoved() throws IOException {
    EncryptedImage image = image("p0");
    DiskImages.create(image.file(), image.creation(SIZE, Map.of()));
    for (int i = 1; i < 8; i++) {
      try (ImageMaintenance luks = maintain("p" + (i - 1))) {
        assertEquals(i, luks.addKey(secret("p" + i), OptionalInt.empty(), SHORT));
      }
    }
    try (ImageMaintenance luks = maintain("p3")) {
      assertThrows(
          DiskFormatException.class, () -> luks.addKey(secret("more"), OptionalInt.empty(), SHORT));
      luks.removeKey(secret("p5"));
      luks.removeKeySlot(0);
      assertThrows(DiskFormatException.class, () -> luks.removeKeySlot(0));
      assertThrows(PassphraseException.class, () -> luks.removeKey(secret("p5")));
      assertEquals(5, luks.addKey(secret("again"), OptionalInt.of(5), SHORT));
    }
    for (String passphrase : new String[] {"p1", "p4", "p6", "p7", "again"}) {
      assertTrue(opens(passphrase));
      image(passphrase).byQemu("map", "--output=json").orFail();
    }
    assertFalse(opens("p0"));
    assertFalse(opens("p5"));
    assertEquals(1, image("p5").byQemu("map", "--output=json").exitCode());
  }

  @Test
  void theLastPassphraseStays() throws IOException {
    EncryptedImage image = image("only");
    DiskImages.create(image.file(), image.creation(SIZE, Map.of()));
    try (ImageMaintenance luks = maintain("only")) {
      assertThrows(DiskFormatException.class, () -> luks.removeKeySlot(0));
      assertThrows(DiskFormatException.class, () -> luks.removeKey(secret("only")));
    }
    assertTrue(opens("only"));
    try (ImageMaintenance luks = maintain("wrong")) {
      assertThrows(
          PassphraseException.class, () -> luks.addKey(secret("more"), OptionalInt.empty(), SHORT));
    }
  }

  @Test
  void qemuAddsAndRemovesToo() throws IOException {
    EncryptedImage image = image("ours");
    DiskImages.create(image.file(), image.creation(SIZE, Map.of()));
    image
        .amendByQemu(
            "secret,id=new,data=theirs", "state=active,new-secret=new,keyslot=6,iter-time=10")
        .orFail();
    assertTrue(opens("theirs"));
    try (ImageMaintenance luks = maintain("theirs")) {
      luks.removeKey(secret("ours"));
    }
    assertFalse(opens("ours"));
    image("theirs").byQemu("map", "--output=json").orFail();
  }

  /** Wherever the power is cut, the image has the passphrases from before or those from after. */
  @Test
  void aPowerCutLeavesTheOtherPassphrases() throws IOException {
    EncryptedImage image = image("first");
    DiskImages.create(image.file(), image.creation(SIZE, Map.of("cipher-alg", "aes-128")));
    FaultyStorage storage = new FaultyStorage(FormatUnderTest.inMemory(image.file()));
    OpenOptions options = image.options(true);
    try (ImageMaintenance luks =
        DiskImages.maintain(new NamedStorage(storage, image.file()), options)) {
      // Slot 6 has its fields in two sectors.
      int _ = luks.addKey(secret("second"), OptionalInt.of(6), SHORT);
    }
    int added = storage.operations();
    try (ImageMaintenance luks =
        DiskImages.maintain(new NamedStorage(storage, image.file()), options)) {
      luks.removeKeySlot(6);
    }
    long seed = Seeds.of(KeySlotsTest.class, 1);
    long checked =
        CrashImages.of(storage)
            .check(
                seed,
                20,
                (left, point) -> {
                  assertTrue(opens(left, "first"));
                  boolean second = opens(left, "second");
                  if (point == added) {
                    assertTrue(second, "a passphrase that was added is durable");
                  }
                });
    assertTrue(checked > 50, checked + " possibilities");
  }

  private static boolean opens(Storage image, String passphrase) throws IOException {
    OpenOptions options = OpenOptions.readOnly().format("luks").secret(secret(passphrase));
    try (DiskImage _ = DiskImages.open(PagedStorage.copyOf(image), options)) {
      return true;
    } catch (PassphraseException e) {
      return false;
    }
  }
}
