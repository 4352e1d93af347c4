package io.diskformat.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.BlobStore;
import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.Identity;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ServiceLimits;
import io.diskformat.imageservice.file.FileBlobStore;
import io.diskformat.imageservice.file.FileCatalogue;
import io.diskformat.imageservice.file.LocalImageService;
import io.diskformat.imageservice.identity.LocalIdentity;
import io.diskformat.imageservice.identity.LocalUsers;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServeVerbTest {
  private static final Caller CALLER = Caller.admin("u", "p");

  @TempDir private Path directory;

  private static String stored(ImageService service, int size) throws IOException {
    String id =
        service
            .create(
                CALLER,
                null,
                ImageAttributes.of("p").diskFormat("raw").containerFormat("bare").build())
            .id();
    byte[] data = new byte[size];
    data[size - 1] = 1;
    var _ = service.upload(CALLER, id, new ByteArrayInputStream(data), size);
    return id;
  }

  @Test
  void fsckSaysWhichImageIsDamagedAndWhere() throws IOException {
    fsckSays(ServiceLimits.usual(), "");
  }

  /** By its manifest. */
  @Test
  void fsckSaysWhereTheDiskIsDamaged() throws IOException {
    fsckSays(
        ServiceLimits.usual().hashingContent(), "  damaged: bytes 65536 to 131071 of the disk\n");
  }

  private void fsckSays(ServiceLimits limits, String ofTheDisk) throws IOException {
    String damaged;
    try (ImageService service = LocalImageService.open(directory, limits)) {
      String _ = stored(service, 512);
      damaged = stored(service, 200_000);
    }
    Cli.Result whole = Cli.run("serve", "--data", directory, "--fsck");
    assertEquals("2 images checked, 0 damaged\n", whole.output());
    assertEquals(0, whole.status());
    try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
      Path file = files.filter(one -> one.toFile().length() == 200_000).findFirst().orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      bytes[70_000] = 1;
      Path _ = Files.write(file, bytes);
    }
    Cli.Result found = Cli.run("serve", "--data", directory, "--fsck");
    assertEquals(
        damaged
            + "\n  The SHA-512 of the data is not what it was\n"
            + "  damaged: bytes 65536 to 131071\n"
            + ofTheDisk
            + "2 images checked, 1 damaged\n",
        found.output());
    assertEquals(2, found.status());
  }

  /** As where one store of two is away. */
  @Test
  void fsckSaysWhatItCouldNotCheckAndGoesOn() throws IOException {
    AtomicReference<String> failing = new AtomicReference<>("");
    BlobStore real = FileBlobStore.open(directory);
    BlobStore store =
        (BlobStore)
            Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("open") && arguments[0].equals(failing.get())) {
                    throw new IOException("as if");
                  }
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    try (ImageService service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")), store, ServiceLimits.usual())) {
      for (String id : List.of(stored(service, 512), stored(service, 1024))) {
        failing.set(service.get(CALLER, id).data().blob());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(out, out, StandardCharsets.UTF_8, false);
        assertEquals(1, new ServedCheck(service, terminal).run());
        terminal.flush();
        assertEquals(
            id
                + "\n  The data could not be checked: as if\n"
                + "2 images checked, 1 not, or not in each store, 0 damaged\n",
            out.toString(StandardCharsets.UTF_8));
      }
    }
  }

  /** As of two services with one catalogue: the one checks while the other deletes. */
  @Test
  void fsckPassesOverAnImageThatIsDeletedMeanwhile() throws IOException {
    BlobStore real = FileBlobStore.open(directory);
    AtomicReference<Runnable> before = new AtomicReference<>(() -> {});
    BlobStore store =
        (BlobStore)
            Proxy.newProxyInstance(
                BlobStore.class.getClassLoader(),
                new Class<?>[] {BlobStore.class},
                (_, method, arguments) -> {
                  before.getAndSet(() -> {}).run();
                  try {
                    return method.invoke(real, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    try (ImageService service =
        ImageService.open(
            FileCatalogue.open(directory.resolve("catalogue")), store, ServiceLimits.usual())) {
      List<String> ids = List.of(stored(service, 512), stored(service, 1024));
      // Only one is left, whichever is checked first.
      before.set(() -> {
        try {
          service.delete(CALLER, ids.get(0));
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      Terminal terminal = new Terminal(out, out, StandardCharsets.UTF_8, false);
      assertEquals(0, new ServedCheck(service, terminal).run());
      terminal.flush();
      assertEquals("1 images checked, 0 damaged\n", out.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void listsMayHaveSpaces() throws IOException {
    Cli.Result result =
        Cli.run("serve", "--data", directory, "--import", "--import-ports", "80, 443", "--fsck");
    assertEquals("0 images checked, 0 damaged\n", result.output(), result.toString());
  }

  @Test
  void placesThatAreNoneAreRefused() throws IOException {
    for (String[] wrong :
        new String[][] {
          {"--catalogue", "postgresql://x"},
          {"--catalogue", "jdbc:none:x"},
          {"--store", "http://bucket"},
          {"--store", "s3://bucket?key=1"},
        }) {
      Cli.Result result =
          Cli.run("serve", "--data", directory.resolve("d"), wrong[0], wrong[1], "--fsck");
      assertEquals(1, result.status(), result.toString());
      assertTrue(result.error().startsWith("diskformat: "), result.error());
    }
  }

  @Test
  void severalStoresHaveNames() throws IOException {
    Path data = directory.resolve("data");
    String fast = "fast=" + directory.resolve("f");
    String cold = "cold=" + directory.resolve("c");
    Cli.Result both = Cli.run("serve", "--data", data, "--store", fast, "--store", cold, "--fsck");
    assertEquals("0 images checked, 0 damaged\n", both.output(), both.toString());
    assertTrue(Files.isDirectory(directory.resolve("f/blobs")));
    assertTrue(Files.isDirectory(directory.resolve("c/blobs")));
    Path file = directory.resolve("serve.properties");
    Files.writeString(file, "data=%s\nstore=%s %s\nfsck=true\n".formatted(data, fast, cold));
    Cli.Result configured = Cli.run("serve", "--config", file);
    assertEquals("0 images checked, 0 damaged\n", configured.output(), configured.toString());
    for (String[] wrong :
        new String[][] {
          {"--store", fast, "--store", directory.resolve("b").toString()},
          {"--store", fast, "--store", fast},
          {"--store", fast, "--store", "cold=" + directory.resolve("c/../f")},
          {"--store", "os_glance_" + fast},
          {"--store", "fast=http://a"},
          {"--keep-partial", "long"},
        }) {
      Object[] words = new Object[wrong.length + 4];
      words[0] = "serve";
      words[1] = "--data";
      words[2] = data;
      words[3] = "--fsck";
      System.arraycopy(wrong, 0, words, 4, wrong.length);
      Cli.Result result = Cli.run(words);
      assertEquals(1, result.status(), result.toString());
    }
  }

  @Test
  void fsckReadsOnceWhatIsShared() throws IOException {
    String damaged;
    try (ImageService service =
        LocalImageService.open(directory, ServiceLimits.usual().sharingBlobs())) {
      damaged = stored(service, 200_000);
      String _ = stored(service, 200_000);
    }
    try (Stream<Path> files = Files.walk(directory.resolve("blobs"))) {
      List<Path> all = files.filter(one -> one.toFile().length() == 200_000).toList();
      assertEquals(1, all.size());
      byte[] bytes = Files.readAllBytes(all.getFirst());
      bytes[70_000] = 1;
      Path _ = Files.write(all.getFirst(), bytes);
    }
    Cli.Result found = Cli.run("serve", "--data", directory, "--fsck");
    assertTrue(found.output().contains(damaged), found.output());
    assertTrue(found.output().endsWith("2 images checked, 2 damaged\n"), found.output());
  }

  @Test
  void saysWhereItCannotListen() throws IOException {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String address = "127.0.0.1:" + other.getLocalPort();
      assertEquals(
          "cannot listen at " + address + ": Address already in use",
          Cli.run("serve", "--data", directory, "--listen", address).message(1));
    }
  }

  @Test
  void aHashedPasswordIsGoodForItsUserAlone() throws IOException {
    String password = "pass word \u00fc";
    String hash =
        ServedCallers.hashed(
            new ByteArrayInputStream((password + "\nmore").getBytes(StandardCharsets.UTF_8)));
    LocalIdentity known =
        new LocalIdentity(LocalUsers.of(List.of("me " + hash + " mine member"), "users"));
    assertEquals("mine", known.caller(basic("me:" + password)).orElseThrow().project());
    assertTrue(known.caller(basic("me:" + password + "x")).isEmpty());
    assertTrue(known.caller(basic("me:" + hash)).isEmpty());
    assertThrows(
        IllegalArgumentException.class,
        () -> ServedCallers.hashed(new ByteArrayInputStream(new byte[] {'\n'})));
  }

  private static Identity.Credentials basic(String login) {
    return new Identity.Credentials(
        null,
        "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
  }
}
