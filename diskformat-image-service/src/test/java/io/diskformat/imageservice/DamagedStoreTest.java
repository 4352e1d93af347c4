package io.diskformat.imageservice;

import static io.diskformat.imageservice.ServiceFixture.OWNER;
import static io.diskformat.imageservice.ServiceFixture.content;
import static io.diskformat.imageservice.ServiceFixture.create;
import static io.diskformat.imageservice.ServiceFixture.files;
import static io.diskformat.imageservice.ServiceFixture.open;
import static io.diskformat.imageservice.ServiceFixture.random;
import static io.diskformat.imageservice.ServiceFixture.upload;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What became of a store and its catalogue without their service. */
final class DamagedStoreTest {
  private static final byte[] DATA = random(200_000, 1);

  @TempDir(factory = QuickDirectory.class)
  private Path directory;

  @TempDir private Path elsewhere;
  private ImageService service;

  @BeforeEach
  void begin() throws IOException {
    service = open(directory);
  }

  @AfterEach
  void end() throws IOException {
    service.close();
  }

  private String image() throws IOException {
    String id = create(service, OWNER, "raw").id();
    var _ = upload(service, OWNER, id, DATA);
    return id;
  }

  private Path file(String blob) {
    return directory.resolve("blobs").resolve(blob.substring(0, 2)).resolve(blob);
  }

  private Path catalogue() {
    return directory.resolve("catalogue");
  }

  @Test
  void everyDamageIsFound() throws IOException {
    StoreDamage.Objects objects =
        new StoreDamage.Objects() {
          @Override
          public byte[] read(String blob) throws IOException {
            return Files.readAllBytes(file(blob));
          }

          @Override
          public void write(String blob, byte[] bytes) throws IOException {
            Path _ = Files.write(file(blob), bytes);
          }

          @Override
          public void delete(String blob) throws IOException {
            Files.delete(file(blob));
          }
        };
    new StoreDamage(service, objects, new Random(Seeds.of(DamagedStoreTest.class))).run(30);
    assertEquals(0, files(directory));
  }

  /** A record is what says that data is wanted. */
  @Test
  void dataWithoutARecordIsDeleted() throws IOException {
    String lost = image();
    String whole = image();
    service.close();
    Files.delete(catalogue().resolve(lost + ".json"));
    service = open(directory);
    assertThrows(ImageServiceException.class, () -> service.get(OWNER, lost));
    assertArrayEquals(DATA, content(service, OWNER, whole));
    assertEquals(2, files(directory));
  }

  /** As where a service is started with another catalogue than before, or that is not mounted. */
  @Test
  void aStoreWhoseCatalogueIsMissingIsNotEmptied() throws IOException {
    String id = image();
    service.close();
    Path moved = elsewhere.resolve("catalogue");
    move(catalogue(), moved);
    IOException e = assertThrows(IOException.class, () -> open(directory));
    assertTrue(e.getMessage().contains("not the catalogue of this store"), e.getMessage());
    assertEquals(2, files(directory));
    for (Path file : list(catalogue())) {
      Files.delete(file);
    }
    Files.delete(catalogue());
    move(moved, catalogue());
    service = open(directory);
    assertArrayEquals(DATA, content(service, OWNER, id));
    // One of which all images were deleted is not empty.
    service.delete(OWNER, id);
    Path left = file(UUID.randomUUID().toString());
    Files.createDirectories(left.getParent());
    Files.write(left, DATA);
    service.close();
    service = open(directory);
    assertEquals(0, files(directory));
  }

  private static List<Path> list(Path from) throws IOException {
    try (var files = Files.list(from)) {
      return files.toList();
    }
  }

  private static void move(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    for (Path file : list(from)) {
      Files.move(file, to.resolve(file.getFileName()));
    }
    Files.delete(from);
  }

  @Test
  void whatIsLeftOverGoesAndWhatIsSomebodyElsesStays() throws IOException {
    String id = image();
    String blob = service.get(OWNER, id).data().blob();
    service.close();
    List<Path> foreign = new ArrayList<>();
    for (String name :
        List.of(
            "lost+found",
            "README",
            "blobs/notes.txt",
            "blobs/" + blob.substring(0, 2) + "/" + blob + ".backup",
            "blobs/" + blob.substring(0, 2) + "/" + blob.toUpperCase(Locale.ROOT),
            "incoming/mine.part",
            "incoming/" + blob,
            "catalogue/README")) {
      Path file = directory.resolve(name);
      if (!Files.exists(file)) {
        foreign.add(Files.write(file, new byte[] {1}));
      }
    }
    String unknown = UUID.randomUUID().toString();
    Files.createDirectories(file(unknown).getParent());
    List<Path> left =
        List.of(
            Files.write(file(unknown), DATA),
            Files.write(directory.resolve("incoming").resolve(unknown + ".part"), DATA),
            Files.write(catalogue().resolve(id + ".new"), new byte[] {'{'}));
    service = open(directory);
    for (Path file : foreign) {
      assertTrue(Files.exists(file), file.toString());
    }
    for (Path file : left) {
      assertTrue(Files.notExists(file), file.toString());
    }
    assertTrue(service.check(OWNER, id).orElseThrow().isIntact());
    service.delete(OWNER, id);
  }
}
