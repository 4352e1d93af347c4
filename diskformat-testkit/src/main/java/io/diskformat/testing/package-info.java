/**
 * The test kit by which the author of a format, in this project or outside, proves it. For tests
 * only.
 *
 * <p>A format describes itself once, in a {@link io.diskformat.testing.FormatUnderTest}: how images
 * are created and opened, and what is wrong with one. A proof is worth what the latter is: it
 * should read the format by code of its own. Then each proof is a test class of a few lines:
 *
 * <ul>
 *   <li>{@link io.diskformat.testing.ModelProof}: random operations and crashes, against an array
 *       of bytes and qemu-img;
 *   <li>{@link io.diskformat.testing.MatrixProof}: each pair of the options that an image may have;
 *   <li>{@link io.diskformat.testing.PowerCutProof}: the power is cut at every point, and each
 *       barrier is missed that is left out;
 *   <li>{@link io.diskformat.testing.SingleFaultProof}, {@link
 *       io.diskformat.testing.FullDiskProof}: one operation on the file fails, or the space ends;
 *   <li>{@link io.diskformat.testing.KillProof}, {@link
 *       io.diskformat.testing.MaintenanceKillProof}: processes are killed while they write, resize,
 *       compact, commit;
 *   <li>{@link io.diskformat.testing.HostileInputProof}: every field at its limits, random bytes,
 *       files that end anywhere, within little memory and time;
 *   <li>{@link io.diskformat.testing.ConcurrentWritesProof}, {@link
 *       io.diskformat.testing.ConcurrentResizesProof}, {@link io.diskformat.testing.ClosingProof},
 *       {@link io.diskformat.testing.StalledAccessProof}: many threads at once, and one that is
 *       held up at any of its steps;
 *   <li>{@link io.diskformat.testing.CutShortProof}: the file is cut short under an open image;
 *   <li>{@link io.diskformat.testing.RefusedCreationProof}: what is refused changes nothing;
 *   <li>{@link io.diskformat.testing.HandedInBackingContract}: a difference is opened over any
 *       device that the caller hands in;
 *   <li>{@link io.diskformat.testing.CostProof}: a read allocates nothing, opening next to nothing;
 *   <li>{@link io.diskformat.testing.ArchitectureRules}: what a format's module uses and shows.
 * </ul>
 *
 * <p>A complete example is that of raw images, in the kit's own tests; two of its classes:
 *
 * <pre>{@code
 * final class RawUnderTest extends FormatUnderTest {
 *   static final RawUnderTest RAW = new RawUnderTest();
 *
 *   private RawUnderTest() {
 *     super("raw");
 *   }
 *
 *   @Override
 *   public void create(Path file, String layout, long size) throws IOException {
 *     DiskImages.create(file, CreateOptions.format("raw").size(size).replaceExisting());
 *   }
 *
 *   @Override
 *   public String corruption(Storage image) {
 *     return "";
 *   }
 *
 *   @Override
 *   public String problem(Storage image) {
 *     return "";
 *   }
 * }
 *
 * final class RawFullDiskTest extends FullDiskProof {
 *   RawFullDiskTest() {
 *     super(RAW);
 *   }
 *
 *   @Override
 *   protected List<String> layouts() {
 *     return List.of("plain");
 *   }
 *
 *   @Override
 *   protected String layoutToBreak() {
 *     return "plain";
 *   }
 * }
 * }</pre>
 *
 * <p>What the proofs are made of serves other tests, too: storages that fail, lose power or hold a
 * thread up ({@link io.diskformat.testing.FaultyStorage}, {@link
 * io.diskformat.testing.StallingStorage}), in memory ({@link io.diskformat.testing.PagedStorage}),
 * reference programs ({@link io.diskformat.testing.Oracle}), contents that say where they belong
 * ({@link io.diskformat.testing.RandomContent}). Random tests print their seed; {@code
 * -Ddiskformat.seed=N} repeats a run.
 */
@NullMarked
package io.diskformat.testing;

import org.jspecify.annotations.NullMarked;
