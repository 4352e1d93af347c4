package io.diskformat.imageservice.jdbc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.diskformat.imageservice.Caller;
import io.diskformat.imageservice.HookedBody;
import io.diskformat.imageservice.ImageAttributes;
import io.diskformat.imageservice.ImageRecord;
import io.diskformat.imageservice.ImageService;
import io.diskformat.imageservice.ImageStatus;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

  /** The claim is there, the data has come, and the image is to get it. */
  @Test
  void theServerIsKilledBeforeTheLastStepOfAnUpload() throws Exception {
    byte[] data = new byte[300_000];
    try (ImageService service = service();
        ExecutorService threads = Executors.newFixedThreadPool(1)) {
      Caller caller = Caller.member("u", "p");
      ImageAttributes raw =
          ImageAttributes.of("p").diskFormat("raw").containerFormat("bare").build();
      String id = service.create(caller, null, raw).id();
      List<Future<?>> starting = new ArrayList<>();
      HookedBody body =
          HookedBody.atTheEnd(
              data,
              () -> {
                server().kill();
                starting.add(
                    threads.submit(() -> {
                      server().start();
                      return null;
                    }));
              });
      assertEquals(ImageStatus.ACTIVE, service.upload(caller, id, body, data.length).status());
      starting.getFirst().get();
      assertTrue(service.check(caller, id).orElseThrow().isIntact());
    }
  }

  @Test
  void oneOfTwoServicesIsKilled() throws IOException {
    kills().runTwo();
  }
}
