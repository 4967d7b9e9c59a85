module github.com/stanchsec/stanch

go 1.26
