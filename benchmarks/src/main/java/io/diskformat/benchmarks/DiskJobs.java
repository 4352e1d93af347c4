package io.diskformat.benchmarks;

import io.diskformat.CreateOptions;
import io.diskformat.DiskImage;
import io.diskformat.DiskImages;
import io.diskformat.ExtentCursor;
import io.diskformat.ImageMaintenance;
import io.diskformat.OpenOptions;
import io.diskformat.ProgressListener;
import io.diskformat.Rebase;
import io.diskformat.ReferencePolicy;
import io.diskformat.SecretSupplier;
import io.diskformat.storage.CachedStorage;
import io.diskformat.storage.FileStorage;
import io.diskformat.storage.FileStorage.Sharing;
import io.diskformat.transfer.Comparison;
import io.diskformat.transfer.ContentHash;
import io.diskformat.transfer.Conversion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@link WarmJobs} does with disk images. Each is given with its format, so that none is
 * guessed: {@code file:format}.
 */
final class DiskJobs {
  private static final String SNAPSHOT = "s";

  /** How many threads compare, convert and hash; 0 for as many as they choose. */
  int workers;

  /** Opens encrypted sources. */
  @Nullable String passphrase;

  /** Sources are read through a storage that maps nothing. */
  boolean isUnmapped;

  WarmJobs.Job job(String verb, List<String> words) {
    return switch (verb) {
      case "compare" -> () -> compare(words.get(0), words.get(1));
      case "convert" -> () -> convert(words.get(0), words.get(1), words.subList(2, words.size()));
      case "hash" -> () -> hash(words.get(0));
      case "map" -> () -> map(words.get(0));
      case "check" -> () -> check(words.get(0));
      case "snapshot" -> () -> snapshot(words.get(0), words.get(1));
      case "resize" ->
          () -> resize(words.get(0), Long.parseLong(words.get(1)), Long.parseLong(words.get(2)));
      case "commit" -> () -> commit(words.get(0));
      case "rebase" -> () -> rebase(words.get(0), words.get(1));
      default -> throw new IllegalArgumentException("no such job: " + verb);
    };
  }

  private static Path path(String file) {
    return Path.of(file.substring(0, file.lastIndexOf(':')));
  }

  private static String format(String file) {
    return file.substring(file.lastIndexOf(':') + 1);
  }

  private DiskImage open(String file) throws IOException {
    OpenOptions options = OpenOptions.readOnly().format(format(file));
    if (passphrase != null) {
      options = options.secret(SecretSupplier.of(passphrase.toCharArray()));
    }
    return isUnmapped
        ? DiskImages.open(
            new CachedStorage(FileStorage.open(path(file), false, Sharing.LOCKED)), options)
        : DiskImages.open(path(file), options);
  }

  private static DiskImage openWritable(String file) throws IOException {
    return DiskImages.open(path(file), OpenOptions.writable().format(format(file)));
  }

  private static ImageMaintenance maintain(String file, OpenOptions options) throws IOException {
    return DiskImages.maintain(
        path(file), options.format(format(file)).references(ReferencePolicy.sameDirectory()));
  }

  private void compare(String one, String other) throws IOException {
    try (DiskImage first = open(one);
        DiskImage second = open(other)) {
      Comparison comparison = Comparison.of(first, second);
      Comparison.Result result = (workers > 0 ? comparison.workers(workers) : comparison).run();
      if (!result.isIdentical()) {
        throw new IOException("not the same: " + result);
      }
    }
  }

  private void hash(String file) throws IOException {
    try (DiskImage image = open(file)) {
      ContentHash hash = ContentHash.sha256();
      var _ = (workers > 0 ? hash.workers(workers) : hash).of(image);
    }
  }

  private void convert(String from, String to, List<String> how) throws IOException {
    try (DiskImage source = open(from)) {
      Conversion conversion = Conversion.from(source);
      if (workers > 0) {
        conversion = conversion.workers(workers);
      }
      if (to.equals("-")) {
        conversion.into(new DiscardingDevice(source.size())).targetIsZero().run();
        return;
      }
      CreateOptions options = CreateOptions.format(format(to)).replaceExisting();
      for (String word : how) {
        if (word.equals("-c")) {
          conversion = conversion.compress();
        } else {
          int equals = word.indexOf('=');
          options = options.option(word.substring(0, equals), word.substring(equals + 1));
        }
      }
      boolean isEncrypted = format(to).equals("luks") || options.option("encrypt.format").isPresent();
      if (passphrase != null && isEncrypted) {
        options = options.secret(SecretSupplier.of(passphrase.toCharArray()));
      }
      conversion.to(path(to), options).run();
    }
  }

  private void map(String file) throws IOException {
    try (DiskImage image = open(file)) {
      ExtentCursor extents = image.extents(0, image.size());
      while (extents.next() != null) {}
    }
  }

  private static void check(String file) throws IOException {
    try (ImageMaintenance image = maintain(file, OpenOptions.readOnly())) {
      var _ = image.check();
    }
  }

  private static void snapshot(String change, String file) throws IOException {
    try (DiskImage image = openWritable(file)) {
      switch (change) {
        case "create" -> {
          var _ = image.createSnapshot(SNAPSHOT);
        }
        case "apply" -> image.applySnapshot(SNAPSHOT);
        case "delete" -> image.deleteSnapshot(SNAPSHOT);
        default -> throw new IllegalArgumentException("no such change: " + change);
      }
    }
  }

  private static void resize(String file, long there, long back) throws IOException {
    try (DiskImage image = openWritable(file)) {
      image.resize(there, "metadata", ProgressListener.NONE);
    }
    try (DiskImage image = openWritable(file)) {
      image.resize(back);
    }
  }

  private static void commit(String file) throws IOException {
    try (ImageMaintenance image = maintain(file, OpenOptions.writable())) {
      var _ = image.commit(ProgressListener.NONE);
    }
  }

  private static void rebase(String file, String onto) throws IOException {
    try (ImageMaintenance image = maintain(file, OpenOptions.writable())) {
      image.rebase(Rebase.onto(path(onto).toString(), format(onto)), ProgressListener.NONE);
    }
  }
}
