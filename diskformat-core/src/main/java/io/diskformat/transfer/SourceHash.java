package io.diskformat.transfer;

import io.diskformat.BlockDevice;
import io.diskformat.device.JoinedDevice;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The checksum of the source of a conversion: computed while that is read, where it is read in the
 * order of the disk and once, or else afterwards.
 */
final class SourceHash {
  private final ContentHash hash;
  private @Nullable OuterHash outer;
  private ContentHash.@Nullable Result result;

  SourceHash(ContentHash hash) {
    this.hash = hash;
  }

  /** Returns a pass whose windows are hashed on the way. */
  Source.Pass of(Source.Pass pass, Source.Walk walk) {
    OuterHash sums = new OuterHash(hash.blocks().digest());
    outer = sums;
    InOrder<byte[]> order =
        new InOrder<>(
            walk.workers(),
            (_, checksums) -> {
              sums.add(checksums);
              return true;
            });
    return () ->
        new HashedFeed(pass.feed(), order, new BlockDigests(hash.blocks(), (int) walk.unit()));
  }

  /**
   * Computes the checksum, once all of the source was copied.
   *
   * @param target that can be read, or null
   */
  void finish(Source source, @Nullable BlockDevice target) throws IOException {
    OuterHash sums = outer;
    if (sums != null) {
      result = new ContentHash.Result(hash.blocks().name(), sums.finish(source.size()));
    } else if (source instanceof DeviceSource device) {
      result = hash.of(device.device());
    } else if (target != null) {
      try (BlockDevice copy = JoinedDevice.slice(target, 0, source.size())) {
        result = hash.of(copy);
      }
    }
  }

  /** Returns the checksum. */
  ContentHash.Result result() {
    ContentHash.Result computed = result;
    if (computed == null) {
      throw new IllegalStateException("not all of the disk is copied");
    }
    return computed;
  }
}
