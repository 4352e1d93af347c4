package io.diskformat.imageservice.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Catalogue;
import io.diskformat.imageservice.CatalogueContract;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.Kills;
import io.diskformat.imageservice.PassedBlob;
import io.diskformat.imageservice.QuickDirectory;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.TwoServices;
import io.diskformat.imageservice.file.FileBlobStore;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collections;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a catalogue in any database does besides. */
abstract class DatabaseContract extends CatalogueContract {
  @TempDir(factory = QuickDirectory.class)
  private Path blobs;

  abstract String url();

  @Override
  protected final Catalogue open() throws IOException {
    return JdbcCatalogue.open(url());
  }

  @Override
  protected void clear() throws IOException {
    execute(
        "drop table if exists diskformat_images",
        "drop table if exists diskformat_texts",
        "drop table if exists diskformat_schema");
  }

  final void execute(String... statements) throws IOException {
    try (Connection connection = DriverManager.getConnection(url());
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        boolean _ = statement.execute(sql);
      }
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  private static Set<ImageRecord> all(Catalogue catalogue) throws IOException {
    try (Stream<ImageRecord> all = catalogue.all()) {
      return all.collect(Collectors.toSet());
    }
  }

  @Test
  void whatOneServiceDoesAnotherSees() throws IOException {
    try (Catalogue other = open()) {
      assertTrue(other.isShared());
      ImageRecord image = image("a");
      assertTrue(catalogue.add(image));
      assertFalse(other.add(image));
      assertEquals(Set.of(image), all(other));
      assertEquals(Set.of(image), all(catalogue));
      assertTrue(other.replace(image, image));
      assertEquals(Set.of(image.withRevision(1)), all(catalogue));
      assertFalse(catalogue.replace(image, image));
    }
  }

  @Test
  void openedByManyAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 5; i++) {
        clear();
        for (Future<Catalogue> one :
            threads.invokeAll(Collections.<Callable<Catalogue>>nCopies(4, this::open))) {
          one.get().close();
        }
      }
    }
  }

  @Test
  void whatALaterVersionWroteIsRefused() throws IOException {
    execute("insert into diskformat_schema (version) values (99)");
    IOException e = assertThrows(IOException.class, this::open);
    assertTrue(e.getMessage().contains("version 99"), e.getMessage());
  }

  @Test
  void aTextIsReplacedOnlyIfItIsWhatItWas() throws IOException {
    try (JdbcCatalogue one = JdbcCatalogue.open(url());
        JdbcCatalogue other = JdbcCatalogue.open(url())) {
      JdbcText text = one.text("words");
      JdbcText same = other.text("words");
      assertNull(text.load());
      assertFalse(text.replace("a", "b"));
      String large = "\u00e4\u4e2d\ud83d\ude00\n".repeat(50_000);
      assertTrue(text.replace(null, large));
      assertFalse(same.replace(null, "b"));
      assertEquals(large, same.load());
      assertFalse(same.replace("a", "b"));
      assertTrue(same.replace(large, "B"));
      assertFalse(text.replace("b", "c"));
      assertTrue(text.replace("B", "B"));
      assertEquals("B", text.load());
      assertNull(one.text("other").load());
    }
  }

  @Test
  void aBlobThatIsPassedOnWhileImagesAreListedStays() throws IOException {
    PassedBlob.run(
        blobs,
        open(),
        false,
        passed ->
            JdbcCatalogue.open(
                new HookedDatabase(
                        url(),
                        sql -> {
                          if (sql.startsWith("select id, revision")) {
                            passed.pass();
                          }
                        })
                    .source()));
  }

  @Test
  void aServiceThatIsKilledLosesNothing() throws IOException {
    kills().run(2);
  }

  final Kills kills() {
    return new Kills(blobs, url());
  }

  /** Returns a service with the catalogue. */
  final ImageService service() throws IOException {
    return ImageService.open(open(), FileBlobStore.open(blobs), ServiceLimits.usual());
  }

  @Test
  void twoServicesOfWhichOneIsKilled() throws IOException {
    new TwoServices(blobs, url()).run();
  }
}
