package io.diskformat.cli;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.BlobStores;
import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.DurableText;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.http.MetadataDefinitions;
import io.diskformat.imageservice.jdbc.JdbcCatalogue;
import io.diskformat.imageservice.jdbc.JdbcText;
import io.diskformat.imageservice.s3.S3BlobStore;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where the verb {@code serve} keeps images.
 *
 * @param directory of whatever is in no other place
 * @param catalogue the URL of a database, or null for the directory
 * @param stores each a bucket's URI or a directory, with {@code NAME=} before it if there are
 *     several; none for the directory
 */
record ServedPlaces(Path directory, @Nullable String catalogue, List<String> stores) {
  private static final Pattern NAMED = Pattern.compile("([A-Za-z0-9_-]+)=(.*)");
  private static final String METADATA = "metadefs";

  /**
   * What is open.
   *
   * @param definitions where those of metadata are kept
   */
  record Opened(ImageService service, MetadataDefinitions.Store definitions)
      implements AutoCloseable {
    @Override
    public void close() throws IOException {
      service.close();
    }
  }

  Opened open(ServiceLimits limits) throws IOException {
    Catalogue records = openCatalogue();
    try {
      MetadataDefinitions.Store definitions =
          records instanceof JdbcCatalogue database
              ? shared(database.text(METADATA))
              : own(new DurableText(directory, METADATA + ".json"));
      return new Opened(ImageService.open(records, openStores(), limits), definitions);
    } catch (IOException | RuntimeException e) {
      records.close();
      throw e;
    }
  }

  private Catalogue openCatalogue() throws IOException {
    if (catalogue == null) {
      return FileCatalogue.open(directory.resolve("catalogue"));
    }
    if (!catalogue.startsWith("jdbc:")) {
      throw new IllegalArgumentException("expected the URL of a database, jdbc:..., as catalogue");
    }
    return JdbcCatalogue.open(catalogue);
  }

  private BlobStores openStores() throws IOException {
    if (stores.isEmpty()) {
      return BlobStores.of(FileBlobStore.open(directory));
    }
    BlobStores all = null;
    Set<String> known = new HashSet<>();
    for (String one : stores) {
      Matcher named = NAMED.matcher(one);
      if (!named.matches()) {
        if (stores.size() > 1) {
          throw new IllegalArgumentException("of several stores, each has a NAME=, not: " + one);
        }
        return BlobStores.of(openStore(one));
      }
      String name = named.group(1);
      BlobStore store = openStore(named.group(2));
      if (!known.add(place(named.group(2)))) {
        throw new IllegalArgumentException("another store is there already: " + one);
      }
      all = all == null ? BlobStores.of(name, store, "") : all.with(name, store, "");
    }
    if (all == null) {
      throw new IllegalStateException("there is a store");
    }
    return all;
  }

  private static BlobStore openStore(String place) throws IOException {
    if (place.startsWith("s3:")) {
      return S3BlobStore.open(URI.create(place));
    }
    if (place.contains("://")) {
      throw new IllegalArgumentException("expected s3://BUCKET or a directory as store: " + place);
    }
    return FileBlobStore.open(Path.of(place));
  }

  /** Returns what is the same of stores that are the same: what one lacks, the other would lose. */
  private static String place(String store) throws IOException {
    return store.startsWith("s3:") ? store : Path.of(store).toRealPath().toString();
  }

  private static MetadataDefinitions.Store own(DurableText text) {
    return new MetadataDefinitions.Store() {
      @Override
      public @Nullable String load() throws IOException {
        return text.load();
      }

      @Override
      public void keep(String all) throws IOException {
        text.keep(all);
      }
    };
  }

  private static MetadataDefinitions.Store shared(JdbcText text) {
    return new MetadataDefinitions.Store() {
      @Override
      public @Nullable String load() throws IOException {
        return text.load();
      }

      @Override
      public void keep(String all) throws IOException {
        boolean _ = text.replace(text.load(), all);
      }

      @Override
      public boolean replace(@Nullable String before, String all) throws IOException {
        return text.replace(before, all);
      }

      @Override
      public boolean isShared() {
        return true;
      }
    };
  }

  /** Leaves out the catalogue's URL, which may contain a password. */
  @Override
  public String toString() {
    return (catalogue == null ? "" : "a database and ")
        + (stores.isEmpty() ? directory : String.join(", ", stores));
  }
}
