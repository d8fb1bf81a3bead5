package dev.visco.store;

import dev.visco.model.VmId;
import dev.visco.model.VolumeId;
import dev.visco.model.VolumeState;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * A volume as its row has it.
 *
 * @param bytes the size that its file has, or is about to get
 * @param vm which VM it is attached to, null for none
 * @param created milliseconds after the epoch
 */
public record VolumeRow(
    VolumeId id,
    String owner,
    String name,
    long bytes,
    VolumeState state,
    @Nullable VmId vm,
    long created) {
  static VolumeRow of(ResultSet row) throws SQLException {
    String vm = row.getString("vm");
    return new VolumeRow(
        new VolumeId(row.getString("id")),
        row.getString("owner"),
        row.getString("name"),
        row.getLong("bytes"),
        VolumeState.of(row.getString("state")),
        vm == null ? null : new VmId(vm),
        row.getLong("created"));
  }
}
