package io.diskformat.imageservice.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.ImageRecord;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What a catalogue in the database of a server does besides. */
abstract class ServerContract extends DatabaseContract {
  abstract DatabaseServer server();

  @Override
  final String url() {
    return server().url();
  }

  @Test
  void theServerIsKilledAndStartedAgain() throws Exception {
    ImageRecord image = image("a");
    assertTrue(catalogue.add(image));
    // A connection that is no more is noticed only when it is used.
    server().kill();
    server().start();
    assertEquals(image, catalogue.find(image.id()).orElseThrow());
    server().kill();
    try (ExecutorService threads = Executors.newFixedThreadPool(1)) {
      // It is away when this begins.
      Future<Boolean> change = threads.submit(() -> catalogue.replace(image, image));
      server().start();
      assertTrue(change.get());
    }
    assertEquals(1, catalogue.find(image.id()).orElseThrow().revision());
  }
}
