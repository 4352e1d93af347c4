package io.diskformat.opening;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.OpenOptions;
import io.diskformat.Reference;
import io.diskformat.ReferenceDeniedException;
import io.diskformat.ReferencePolicy;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.Storage;
import io.diskformat.testing.LoopDevice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Only as an extent, and only if the caller names it, a device is opened that an image names. */
final class DeviceExtentsTest {
  private static final Reference.Kind EXTENT = Reference.Kind.EXTENT;

  private static final ReferencePolicy EVERYTHING =
      new ReferencePolicy() {
        @Override
        public boolean allows(Reference reference) {
          return true;
        }

        @Override
        public boolean allowsDevice(Reference reference) {
          return true;
        }
      };

  @TempDir Path temporary;
  private Path top;
  private Path elsewhere;

  @BeforeEach
  void create() throws IOException {
    Path directory = temporary.toRealPath();
    top = directory.resolve("top.img");
    elsewhere = Files.createDirectory(directory.resolve("elsewhere"));
    Files.write(top, new byte[512]);
    Files.write(directory.resolve("base.img"), new byte[512]);
  }

  private void open(Reference.Kind kind, String name, ReferencePolicy policy) throws IOException {
    OpenOptions options = OpenOptions.readOnly().references(policy);
    try (Storage storage = FileStorage.open(top, false, FileStorage.Sharing.LOCKED)) {
      References.ofTop(storage, options).openStorage(kind, name, false).close();
    }
  }

  private ReferenceDeniedException assertDenied(
      Reference.Kind kind, String name, ReferencePolicy policy) {
    return assertThrows(ReferenceDeniedException.class, () -> open(kind, name, policy));
  }

  @Test
  void anExtentMayBeADeviceThatTheCallerNames() throws Exception {
    Path file = Files.write(elsewhere.resolve("device"), new byte[1 << 20]);
    try (LoopDevice device = LoopDevice.of(file)) {
      String name = device.path().toString();
      ReferencePolicy policy = ReferencePolicy.devices(device.path());
      ReferenceDeniedException e = assertDenied(EXTENT, name, ReferencePolicy.any());
      assertTrue(e.getMessage().contains("no regular file"), e.getMessage());
      assertDenied(EXTENT, name, ReferencePolicy.devices(Path.of("/dev/null")));
      open(EXTENT, name, policy);
      open(EXTENT, name, ReferencePolicy.sameDirectory().or(policy));
      // As nothing else, and nothing else as that.
      for (Reference.Kind other : List.of(Reference.Kind.BACKING_FILE, Reference.Kind.DATA_FILE)) {
        assertDenied(other, name, policy.or(ReferencePolicy.any()));
        assertDenied(other, name, EVERYTHING);
      }
      assertDenied(EXTENT, "base.img", policy);
    }
  }

  @Test
  void whatIsNeitherFileNorBlockDeviceIsNoExtent() {
    ReferencePolicy special = ReferencePolicy.devices(Path.of("/dev/null"));
    assertThrows(IOException.class, () -> open(EXTENT, "/dev/null", special));
  }
}
