module naru.invalid/kind/pause

go 1.24
