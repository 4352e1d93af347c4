package io.diskformat.transfer;

import io.diskformat.ImageOutput;
import io.diskformat.ImageOutput.Foresight;
import java.io.IOException;

/** Receives the units of a new image that is written in one pass. */
interface UnitSink {
  /** Returns a new encoder. Thread-safe. */
  ImageOutput.Encoder encoder();

  /** Receives a unit, in ascending order. For one thread at a time. */
  void take(long offset, byte[] encoded) throws IOException;

  /** Returns a sink that writes units. */
  static UnitSink writing(ImageOutput output) {
    return new UnitSink() {
      @Override
      public ImageOutput.Encoder encoder() {
        return output.encoder();
      }

      @Override
      public void take(long offset, byte[] encoded) throws IOException {
        output.write(offset, encoded);
      }
    };
  }

  /** Returns a sink that announces units. */
  static UnitSink announcing(ImageOutput output) {
    // Stands for a unit whose length need not be known.
    byte[] some = {0};
    return new UnitSink() {
      @Override
      public ImageOutput.Encoder encoder() {
        return output.foresight() == Foresight.LENGTHS ? output.encoder() : content -> some;
      }

      @Override
      public void take(long offset, byte[] encoded) {
        output.announce(offset, encoded.length);
      }
    };
  }
}
