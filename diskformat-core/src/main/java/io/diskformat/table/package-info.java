/**
 * The tables of a writable image, and the part of its writer that is alike in all formats.
 *
 * <p>A format's writer extends {@link io.diskformat.table.TableWriter}, and supplies
 *
 * <ul>
 *   <li>a map ({@link io.diskformat.layer.GuestMap}) that looks up its tables by {@link
 *       io.diskformat.table.MappedTable} in {@link io.diskformat.table.MetadataPages}, which hold
 *       changed tables until a flush;
 *   <li>an allocator, which allocates places before and at the {@link io.diskformat.table.FileEnd},
 *       and keeps freed ones in {@link io.diskformat.table.FreedSpace};
 *   <li>the table entries for a cluster that is stored, zeroed or discarded;
 *   <li>the {@linkplain io.diskformat.table.TableWriter.Step steps} of a flush: its tables in the
 *       order in which they are written out, and counts of used clusters if it has any;
 *   <li>the changes of its header before the first change and at the end, by {@link
 *       io.diskformat.table.SectorFields}.
 * </ul>
 *
 * <p>Each barrier is one of {@link io.diskformat.table.Barriers}, and has a name, which a storage
 * gets ({@link io.diskformat.storage.Storage#flush(Enum)}): so a test can leave out one barrier at
 * a time, and see that the format needs it.
 */
@NullMarked
package io.diskformat.table;

import org.jspecify.annotations.NullMarked;
