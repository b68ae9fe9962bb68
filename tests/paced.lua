-- For wrk: a pause after each answer, so that 32 connections send some 150 requests a second and leave the machine time.
function delay()
    return 200
end
