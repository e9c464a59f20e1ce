package shard

const (
	RoleData    = "data"
	RoleLineage = "lineage"
	RoleReport  = "report"
)

type File struct {
	Path, Role, SHA256 string
	Bytes, Rows        int64
}
